#include "vault/audit_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "fakes/vectors.h"

namespace bauta::vault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ChainHash HashFrom(const std::string& bytes) {
  ChainHash hash{};
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::vector<AuditEntry> KnownChain() {
  std::vector<AuditEntry> chain;
  for (const Vector& row : VectorNamed("scheme-audit-chain").List("rows")) {
    AuditEntry entry{row.Int("seq"),
                     row.Str("at"),
                     row.Str("actor"),
                     row.Str("action"),
                     {},
                     row.Str("reason"),
                     HashFrom(row.Hex("prev_hash_hex")),
                     HashFrom(row.Hex("hash_hex"))};
    if (!row.IsNull("token")) entry.token = row.Str("token");
    chain.push_back(entry);
  }
  return chain;
}

TEST(AuditChain, HashesAsTheKnownAnswersDo) {
  const std::vector<AuditEntry> chain = KnownChain();
  ASSERT_EQ(chain.size(), 4u);
  for (const AuditEntry& entry : chain) EXPECT_EQ(HashOf(entry), entry.hash) << entry.seq;
}

// A chain that somebody has been at, and where that shows.
struct Tampered {
  const char* name;
  std::function<void(std::vector<AuditEntry>&, Anchor& head)> act;
  std::vector<ChainProblem> found;
};
void PrintTo(const Tampered& t, std::ostream* out) { *out << t.name; }

void Rebuild(std::vector<AuditEntry>& chain, Anchor& head) {
  ChainHash before{};
  std::int64_t seq = 0;
  for (AuditEntry& entry : chain) {
    entry.seq = ++seq;
    entry.prev_hash = before;
    before = entry.hash = HashOf(entry);
  }
  head = {seq, before};
}

const Tampered kTampered[] = {
    {"Nothing", [](auto&, Anchor&) {}, {}},
    {"AnEditedReason", [](auto& c, Anchor&) { c[1].reason = "2"; }, {{2, "hash"}}},
    {"AnotherActor", [](auto& c, Anchor&) { c[0].actor = "desk_2"; }, {{1, "hash"}}},
    {"AnotherTime", [](auto& c, Anchor&) { c[3].at.back() = 'X'; }, {{4, "hash"}}},
    {"NullForEmpty", [](auto& c, Anchor&) { c[3].token.reset(); }, {{4, "hash"}}},
    {"EmptyForNull", [](auto& c, Anchor&) { c[2].token = ""; }, {{3, "hash"}}},
    {"AnEditWithItsOwnHashMended",
     [](auto& c, Anchor&) {
       c[1].reason = "2";
       c[1].hash = HashOf(c[1]);
     },
     {{2, "anchor"}, {3, "link"}}},
    {"OneTakenOut",
     [](auto& c, Anchor&) { c.erase(c.begin() + 1); },
     {{2, "anchor"}, {3, "gap"}, {3, "link"}}},
    {"TheFirstTakenOut", [](auto& c, Anchor&) { c.erase(c.begin()); }, {{2, "gap"}, {2, "link"}}},
    {"ACutTail", [](auto& c, Anchor&) { c.pop_back(); }, {{4, "head"}}},
    {"ACutTailAndTheHeadMovedBack",
     [](auto& c, Anchor& head) {
       c.resize(1);
       head = {c[0].seq, c[0].hash};
     },
     {{2, "anchor"}}},
    {"AnotherHead", [](auto&, Anchor& head) { head.hash[0] ^= 1; }, {{4, "head"}}},
    {"AnEmptyTable", [](auto& c, Anchor&) { c.clear(); }, {{2, "anchor"}, {4, "head"}}},
    {"RebuiltAfterAnEdit",
     [](auto& c, Anchor& head) {
       c[0].reason = "case 43: nothing to see";
       Rebuild(c, head);
     },
     {{2, "anchor"}}},
    {"RebuiltWithoutOne",
     [](auto& c, Anchor& head) {
       c.erase(c.begin());
       Rebuild(c, head);
     },
     {{2, "anchor"}}},
};

class Tampering : public testing::TestWithParam<Tampered> {};

TEST_P(Tampering, Shows) {
  std::vector<AuditEntry> chain = KnownChain();
  Anchor head{4, chain[3].hash};
  ChainCheck check;
  check.Expect({2, chain[1].hash});
  check.Expect({0, {}});  // Of a database in which nothing had happened yet.
  GetParam().act(chain, head);
  for (const AuditEntry& entry : chain) check.Add(entry);
  check.End(head);
  EXPECT_THAT(check.problems(), testing::ElementsAreArray(GetParam().found));
  EXPECT_EQ(check.entries(), static_cast<std::int64_t>(chain.size()));
}

INSTANTIATE_TEST_SUITE_P(AuditChain, Tampering, testing::ValuesIn(kTampered),
                         [](const auto& info) { return info.param.name; });

TEST(AuditChain, TwoAnchorsThatDisagreeCannotBothBeRight) {
  const std::vector<AuditEntry> chain = KnownChain();
  ChainCheck check;
  check.Expect({1, chain[0].hash});
  check.Expect({1, chain[1].hash});
  for (const AuditEntry& entry : chain) check.Add(entry);
  check.End({4, chain[3].hash});
  EXPECT_THAT(check.problems(), ElementsAre(ChainProblem{1, "anchor"}));
}

TEST(AuditChain, IsCleanBeforeTheFirstEntry) {
  ChainCheck check;
  check.End({});
  EXPECT_THAT(check.problems(), IsEmpty());
}

}  // namespace
}  // namespace bauta::vault
