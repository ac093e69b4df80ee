#include "cli/theirs.h"

#include <gtest/gtest.h>

#include "cli/maskers.h"

namespace bauta::cli {
namespace {

config::Config Logins() {
  config::Config config;
  config.subject = "user_id";
  ColumnRule user, ip;
  user.column = "user_id";
  user.from = "/user/id";
  user.required = true;
  ip.column = "masked_ip";
  ip.from = "/ip";
  ip.mask.emplace();
  ip.mask->canonical = Canonical::kIp;
  ip.mask->domain = "ip";
  ip.mask->vault = true;
  config.mapping.columns = {user, ip};
  return config;
}

Message WithBody(std::string body) {
  Message message;
  message.key = {1'000'000, {}};
  message.body = std::move(body);
  return message;
}

struct Case {
  const char* body;
  bool theirs;
};

void Expect(Theirs& theirs, std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.body);
    Message message = WithBody(c.body);
    EXPECT_EQ(theirs(message), c.theirs);
  }
}

TEST(Theirs, KnowsAPersonByTheFieldOrAsAWord) {
  const keys::KeyRing ring = keys::KeyRing::ForTests();
  vault::EraseOrder order;
  order.person = "u1";
  Result<Theirs> theirs = Theirs::Make(Logins(), ring, {"", "u1"}, order);
  ASSERT_TRUE(theirs.ok()) << theirs.error().message;
  Expect(*theirs, {{R"({"user":{"id":"u1"}})", true},
                   {R"({"user":{"id":"u2"},"note":"u1"})", false},
                   {R"({"user":{"id":null},"note":"u1"})", true},
                   {R"({"user_id":"u1"})", true},
                   {R"({"user_id":"u10"})", false},
                   {R"({"user_id":"xu1"})", false},
                   {"u1,ios,198.51.100.7", true},
                   {"no json of u11", false},
                   {"", false}});
}

TEST(Theirs, KnowsANumberAsText) {
  const keys::KeyRing ring = keys::KeyRing::ForTests();
  vault::EraseOrder order;
  order.person = "7";
  Result<Theirs> theirs = Theirs::Make(Logins(), ring, {"", "007"}, order);
  ASSERT_TRUE(theirs.ok()) << theirs.error().message;
  Expect(*theirs, {{R"({"user":{"id":7}})", true},
                   {R"({"user":{"id":"007"}})", true},
                   {R"({"user":{"id":70}})", false}});
}

TEST(Theirs, KnowsAValueInEverySpelling) {
  const keys::KeyRing ring = keys::KeyRing::ForTests();
  const config::Config config = Logins();
  std::optional<masking::ColumnMasker> masker =
      std::move(MakeMasker(ring, config.mapping.columns[1].mask)).value();
  vault::EraseOrder order;
  order.marks = {std::string(masker->Mask("2001:db8::1", 0).text)};
  Result<Theirs> theirs = Theirs::Make(config, ring, {"masked_ip", "2001:db8::1"}, order);
  ASSERT_TRUE(theirs.ok()) << theirs.error().message;
  Expect(*theirs, {{R"({"ip":"2001:db8::1"})", true},
                   {R"({"ip":"2001:0DB8:0:0::1 "})", true},
                   {R"({"ip":"2001:db8::2","note":"2001:db8::1"})", false},
                   {R"({"address":"2001:db8::1"})", true},
                   {R"({"address":"2001:db8::12"})", false}});
}

}  // namespace
}  // namespace bauta::cli
