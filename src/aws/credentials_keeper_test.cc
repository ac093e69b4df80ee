#include "aws/credentials_keeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <future>
#include <vector>

#include "fakes/fake_environment.h"

namespace bauta::aws {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Gives out what the test has put in, then the last again; notes how many ask at once.
class Script {
 public:
  explicit Script(std::deque<Result<Credentials>> answers) : answers_(std::move(answers)) {}

  Provider provider() {
    Provider provider;
    provider.source = "a script";
    provider.fetch = [this](Outside&) { return Next(); };
    return provider;
  }
  // The next question is answered only after Open().
  void Close() {
    const std::lock_guard lock(mutex_);
    gate_ = std::make_shared<std::promise<void>>();
  }
  void Open() { gate()->set_value(); }
  int asked() const { return asked_; }
  int most_at_once() const { return most_; }
  void WaitForQuestion(int n) const {
    while (asked_ < n) std::this_thread::yield();
  }

 private:
  std::shared_ptr<std::promise<void>> gate() {
    const std::lock_guard lock(mutex_);
    return gate_;
  }
  Result<Credentials> Next() {
    const int now = ++inside_;
    if (now > most_) most_ = now;
    ++asked_;
    if (const auto closed = gate()) closed->get_future().wait();
    const std::lock_guard lock(mutex_);
    Result<Credentials> answer = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    --inside_;
    return answer;
  }

  std::atomic<int> inside_{0}, most_{0}, asked_{0};
  std::mutex mutex_;  // Guards what follows.
  std::shared_ptr<std::promise<void>> gate_;
  std::deque<Result<Credentials>> answers_;
};

Credentials Keys(const std::string& id, std::optional<milliseconds> life = {}) {
  Credentials keys{id, "secret", "", {}};
  if (life) keys.expires = SystemClock().Now() + *life;
  return keys;
}

Result<std::unique_ptr<CredentialsKeeper>> Keep(Provider provider) {
  return CredentialsKeeper::Open(std::move(provider), fakes::FakeEnvironment());
}

Result<> RenewAndWait(CredentialsKeeper& keeper, std::uint64_t version) {
  std::promise<Result<>> promise;
  keeper.Renew(version, [&](Result<> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

void WaitForVersion(const CredentialsKeeper& keeper, std::uint64_t version) {
  while (keeper.version() < version) std::this_thread::yield();
}

TEST(RenewalTime, IsInTimeForLongLivesAndShortOnes) {
  const WallTime now(hours(1'000'000));
  struct Case {
    milliseconds life, after;
  };
  for (const Case& test :
       {Case{hours(6), hours(6) - minutes(15)}, Case{hours(1), minutes(45)},
        Case{minutes(30), minutes(15)}, Case{minutes(10), minutes(5)}, Case{seconds(4), seconds(2)},
        Case{milliseconds(200), milliseconds(500)}, Case{seconds(-5), milliseconds(500)}}) {
    EXPECT_EQ(RenewalTime(now, now + test.life) - now, test.after) << test.life.count();
  }
}

TEST(CredentialsKeeper, RenewsBeforeTheyExpire) {
  Script script({Keys("A", seconds(2)), Keys("B", hours(1))});
  const auto keeper = Keep(script.provider());
  ASSERT_TRUE(keeper.ok());
  EXPECT_EQ((*keeper)->current().credentials.access_key_id, "A");
  WaitForVersion(**keeper, 2);
  EXPECT_EQ((*keeper)->current().credentials.access_key_id, "B");
  EXPECT_EQ(script.asked(), 2);
}

TEST(CredentialsKeeper, NobodyWaitsForARenewalInTheBackground) {
  Script script({Keys("A", milliseconds(1200)), Keys("B", hours(1))});
  const auto keeper = Keep(script.provider());
  ASSERT_TRUE(keeper.ok());
  script.Close();
  script.WaitForQuestion(2);
  EXPECT_EQ((*keeper)->current().credentials.access_key_id, "A");  // While it is being asked.
  EXPECT_TRUE((*keeper)->Usable((*keeper)->current().credentials.expires.value() - seconds(1)));
  script.Open();
  WaitForVersion(**keeper, 2);
}

TEST(CredentialsKeeper, OneQuestionAtATimeWhoeverWants) {
  Script script({Keys("A"), Keys("B"), Keys("C")});
  const auto opened = Keep(script.provider());
  ASSERT_TRUE(opened.ok());
  CredentialsKeeper& keeper = **opened;
  script.Close();
  std::atomic<int> called = 0, good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      keeper.Renew(1, [&](Result<> renewed) {
        if (renewed.ok()) ++good;
        ++called;
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  script.WaitForQuestion(2);
  EXPECT_EQ(called, 0);
  script.Open();
  while (called < 8) std::this_thread::yield();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(script.most_at_once(), 1);
  EXPECT_EQ(script.asked(), 2);
  // Who comes late with what was old already is told so without another question.
  EXPECT_TRUE(RenewAndWait(keeper, 1).ok());
  EXPECT_EQ(script.asked(), 2);
  EXPECT_EQ(keeper.current().credentials.access_key_id, "B");
}

TEST(CredentialsKeeper, AFailureLeavesTheOldOnesAndIsTriedAgain) {
  Script script({Keys("A", seconds(3)), Retryable("away"), Retryable("away"), Keys("B", hours(1))});
  const auto keeper = Keep(script.provider());
  ASSERT_TRUE(keeper.ok());
  script.WaitForQuestion(2);
  EXPECT_EQ((*keeper)->current().credentials.access_key_id, "A");
  WaitForVersion(**keeper, 2);
  EXPECT_EQ(script.asked(), 4);
}

TEST(CredentialsKeeper, WhoNeedsNewOnesIsToldWhyThereAreNone) {
  Script script({Keys("A"), ConfigError("login has expired", "log in"), Keys("B")});
  const auto opened = Keep(script.provider());
  ASSERT_TRUE(opened.ok());
  const auto renewed = RenewAndWait(**opened, 1);
  ASSERT_FALSE(renewed.ok());
  EXPECT_EQ(renewed.error().code, ErrorCode::kConfig);
  EXPECT_EQ(renewed.error().hint, "log in");
  // The provider is not asked again at once for each who needs them.
  const int asked = script.asked();
  const auto again = RenewAndWait(**opened, 1);
  EXPECT_TRUE(again.ok() || script.asked() == asked);
  WaitForVersion(**opened, 2);
  EXPECT_EQ((*opened)->current().credentials.access_key_id, "B");
}

TEST(CredentialsKeeper, ExpiredOnesAreNotUsable) {
  Script script({Keys("A", minutes(10))});
  const auto keeper = Keep(script.provider());
  ASSERT_TRUE(keeper.ok());
  const WallTime now = SystemClock().Now();
  EXPECT_TRUE((*keeper)->Usable(now));
  EXPECT_FALSE((*keeper)->Usable(now + minutes(10)));
}

TEST(CredentialsKeeper, WhatHasExpiredBeforeItCameIsAFailure) {
  Script script({Keys("A", minutes(-1))});
  const auto keeper = Keep(script.provider());
  ASSERT_FALSE(keeper.ok());
  EXPECT_EQ(keeper.error().code, ErrorCode::kRetryable);
  EXPECT_NE(keeper.error().hint.find("clock"), std::string::npos);
}

// They would have expired before the first request was signed, and be asked for again at once.
TEST(CredentialsKeeper, WhatIsAboutToExpireIsAFailure) {
  Script script({Keys("A"), Keys("B", milliseconds(100))});
  const auto opened = Keep(script.provider());
  ASSERT_TRUE(opened.ok());
  for (int i = 0; i < 1000; ++i) {
    const auto renewed = RenewAndWait(**opened, (*opened)->version());
    ASSERT_FALSE(renewed.ok());
    EXPECT_EQ(renewed.error().code, ErrorCode::kRetryable);
    EXPECT_NE(renewed.error().message.find("about to expire"), std::string::npos);
  }
  EXPECT_LT(script.asked(), 20);
  EXPECT_EQ((*opened)->current().credentials.access_key_id, "A");
}

// EC2 hands out old ones while it cannot make new ones, and SQS accepts them.
TEST(CredentialsKeeper, OldOnesAreUsedWhereTheProviderMeansIt) {
  Script script({Keys("A", minutes(-1))});
  Provider provider = script.provider();
  provider.may_be_stale = true;
  const auto keeper = Keep(std::move(provider));
  ASSERT_TRUE(keeper.ok());
  EXPECT_TRUE((*keeper)->Usable(SystemClock().Now() + hours(1)));
  EXPECT_EQ(script.asked(), 1);
}

TEST(CredentialsKeeper, TheSameOnesAgainAreNoNewVersion) {
  Script script({Keys("A")});
  const auto keeper = Keep(script.provider());
  ASSERT_TRUE(keeper.ok());
  EXPECT_TRUE(RenewAndWait(**keeper, 1).ok());
  EXPECT_EQ((*keeper)->version(), 1u);
}

TEST(CredentialsKeeper, TheLastResortThatDoesNotAnswerMeansThereAreNone) {
  Script script({Retryable("no answer"), Retryable("no answer")});
  EXPECT_EQ(Keep(script.provider()).error().code, ErrorCode::kRetryable);
  Provider provider = script.provider();
  provider.last_resort = true;
  const auto keeper = Keep(std::move(provider));
  EXPECT_EQ(keeper.error().code, ErrorCode::kConfig);
  EXPECT_NE(keeper.error().message.find("no AWS credentials"), std::string::npos);
}

TEST(CredentialsKeeper, MayBeDestroyedWhileItAsks) {
  Script script({Keys("A"), Keys("B")});
  Provider provider = script.provider();
  std::atomic<int> asked = 0;
  provider.fetch = [&](Outside& outside) -> Result<Credentials> {
    if (++asked > 1) outside.Pause(hours(1));
    return Keys("A");
  };
  auto keeper = Keep(std::move(provider));
  ASSERT_TRUE(keeper.ok());
  (*keeper)->Renew(1, [](Result<>) { FAIL(); });
  while (asked < 2) std::this_thread::yield();
  keeper->reset();
}

}  // namespace
}  // namespace bauta::aws
