#include "queue/mailbox.h"

#include <gtest/gtest.h>

namespace bauta::queue {
namespace {

using std::chrono::seconds;

Instant At(std::int64_t wall_ms) { return {SteadyTime(), wall_ms}; }

std::vector<std::string> BodiesIn(Mailbox& mailbox) {
  BadDay day;
  Weather weather(day);
  std::vector<Mailbox::Dead> dead;
  std::vector<std::string> bodies;
  for (const Received& m :
       mailbox.Take({.max = 10, .visibility = seconds(0), .max_receives = {}, .attempt = {}}, At(0),
                    weather, dead)) {
    bodies.push_back(m.content->body);
  }
  return bodies;
}

// The clock may step back, and dead letters keep their time: numbers are not ages.
TEST(MailboxTest, RetentionIsByAgeNotByArrival) {
  Mailbox mailbox(1, 2);
  for (const std::int64_t sent : {50'000, 20'000, 60'000, 10'000}) {
    Content content;
    content.body = std::to_string(sent);
    mailbox.Add(std::make_shared<const Content>(content), At(sent), seconds(0));
  }
  const seconds retention(100);
  using Bodies = std::vector<std::string>;
  mailbox.Advance(At(109'999), retention);
  EXPECT_EQ(BodiesIn(mailbox), (Bodies{"50000", "20000", "60000", "10000"}));
  mailbox.Advance(At(110'000), retention);
  EXPECT_EQ(BodiesIn(mailbox), (Bodies{"50000", "20000", "60000"}));
  mailbox.Advance(At(150'000), retention);
  EXPECT_EQ(BodiesIn(mailbox), (Bodies{"60000"}));
  mailbox.Advance(At(160'000), retention);
  EXPECT_FALSE(mailbox.HasReady());
}

}  // namespace
}  // namespace bauta::queue
