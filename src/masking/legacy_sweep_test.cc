#include "masking/legacy_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "crypto/digest.h"
#include "masking/candidates.h"

namespace bauta::masking {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> All(const Candidates& candidates, std::uint64_t from = 0) {
  std::vector<std::string> all;
  Candidates::Cursor cursor(candidates, from);
  for (std::uint64_t i = from; i < candidates.size(); ++i, cursor.Next()) {
    all.emplace_back(cursor.text());
  }
  return all;
}

TEST(CandidatesTest, AreTheAddressesOfNetworks) {
  const std::vector<std::string> networks = {"192.0.2.9/31", "198.51.100.254/30", "203.0.113.7"};
  const Candidates candidates = Candidates::Ipv4(networks).value();
  EXPECT_THAT(All(candidates),
              ElementsAre("192.0.2.8", "192.0.2.9", "198.51.100.252", "198.51.100.253",
                          "198.51.100.254", "198.51.100.255", "203.0.113.7"));
  EXPECT_THAT(All(candidates, 5), ElementsAre("198.51.100.255", "203.0.113.7"));
}

TEST(CandidatesTest, AreAllAddressesIfNoNetworkIsNamed) {
  const Candidates candidates = Candidates::Ipv4({}).value();
  EXPECT_EQ(candidates.size(), std::uint64_t{1} << 32);
  EXPECT_EQ(Candidates::Cursor(candidates, 0).text(), "0.0.0.0");
  EXPECT_EQ(Candidates::Cursor(candidates, 0xc0000201).text(), "192.0.2.1");
  EXPECT_EQ(Candidates::Cursor(candidates, 0xffffffff).text(), "255.255.255.255");
}

TEST(CandidatesTest, AreTheValuesOfAPattern) {
  const Candidates candidates = Candidates::Pattern("a-d\\dx").value();
  EXPECT_EQ(candidates.size(), 160u);
  const std::vector<std::string> all = All(candidates);
  EXPECT_EQ(all.front(), "a-0d0");
  EXPECT_EQ(all[17], "a-1d1");
  EXPECT_EQ(all.back(), "a-9df");
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 160u);
  EXPECT_EQ(Candidates::Cursor(candidates, 42).text(), all[42]);
}

TEST(CandidatesTest, RefusesWhatIsNoneAndWhatIsTooMuch) {
  for (const char* text : {"", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/x", "2001:db8::/64",
                           "::ffff:192.0.2.0/24", "192.0.2"}) {
    const std::vector<std::string> networks = {text};
    EXPECT_FALSE(Candidates::Ipv4(networks).ok()) << text;
  }
  for (const std::string& text :
       {std::string(), std::string("abc"), std::string(13, 'd'), std::string(64, 'a') + "d"}) {
    EXPECT_FALSE(Candidates::Pattern(text).ok()) << text;
  }
}

TEST(ParseLegacyTest, TakesLowerCaseHexOnly) {
  const std::string hex(64, 'a');
  EXPECT_TRUE(ParseLegacy(hex));
  EXPECT_FALSE(ParseLegacy(std::string(64, 'A')));
  EXPECT_FALSE(ParseLegacy(hex + "a"));
  EXPECT_FALSE(ParseLegacy(std::string(64, 'g')));
  EXPECT_FALSE(ParseLegacy("h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy"));
}

TEST(LegacySweepTest, FindsEveryHashThatACandidateHas) {
  const Candidates candidates = Candidates::Pattern("ddd").value();
  for (const char* suffix : {"", "hello"}) {
    std::vector<LegacyHash> hashes;
    for (const char* value : {"007", "999", "000", "007", "abc"}) {
      hashes.push_back(crypto::Sha256({value, suffix}));
    }
    const LegacySweep sweep(hashes, crypto::SecretBytes::CopyOf(suffix));
    EXPECT_EQ(sweep.hashes().size(), 4u);
    std::vector<LegacySweep::Hit> hits;
    sweep.Try(candidates, 0, 500, hits);
    sweep.Try(candidates, 500, 500, hits);
    std::set<std::uint64_t> found;
    for (const LegacySweep::Hit& hit : hits) {
      found.insert(hit.candidate);
      const std::string text(Candidates::Cursor(candidates, hit.candidate).text());
      EXPECT_EQ(sweep.hashes()[hit.hash], crypto::Sha256({text, suffix}));
    }
    EXPECT_THAT(found, ElementsAre(0, 7, 999));
  }
}

}  // namespace
}  // namespace bauta::masking
