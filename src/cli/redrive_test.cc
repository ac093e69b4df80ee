#include "cli/redrive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

namespace bauta::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// A dead-letter queue in which what is not deleted is visible again at once, in turns.  Any thread.
class FakeEnds : public RedriveEnds {
 public:
  void Put(const std::string& id, const std::string& group = "", std::string body = "{}") {
    aws::Received message;
    message.id = message.receipt = id;
    message.sent_ms = 1000;
    message.group = group;
    message.body = std::move(body);
    dead.push_back(std::move(message));
  }

  Result<std::vector<aws::Received>> Receive(int most) override {
    const std::lock_guard lock(*all_);
    std::vector<aws::Received> got;
    if (++receives > 50) return got;  // It would go on for ever.
    for (std::size_t i = 0; i < dead.size() && got.size() < static_cast<std::size_t>(most); ++i) {
      got.push_back(dead.front());
      dead.push_back(std::move(dead.front()));
      dead.erase(dead.begin());
    }
    return got;
  }
  Result<Refusals> Send(const std::vector<aws::SendEntry>& entries) override {
    const std::lock_guard lock(*all_);
    Result<Refusals> result = answer ? answer(entries) : Refusals();
    std::vector<std::string>& call = calls.emplace_back();
    for (const aws::SendEntry& entry : entries) call.push_back(entry.group + entry.body);
    for (std::size_t i = 0; result.ok() && i < entries.size(); ++i) {
      const auto is_it = [i](const aws::Refused& refused) { return refused.entry == i; };
      if (std::ranges::none_of(*result, is_it)) sent.push_back(entries[i].group + entries[i].body);
    }
    return result;
  }
  Result<Refusals> Delete(const std::vector<std::string>& receipts) override {
    const std::lock_guard lock(*all_);
    if (Result<Refusals> told = on_delete ? on_delete(receipts) : Refusals();
        !told.ok() || !told->empty()) {
      return told;
    }
    for (const std::string& receipt : receipts) {
      deleted.push_back(receipt);
      if (!forgets_deletes) std::erase_if(dead, [&](auto& m) { return m.receipt == receipt; });
    }
    return Refusals();
  }
  void GiveBack(const std::vector<std::string>& receipts) override {
    const std::lock_guard lock(*all_);
    given_back.insert(given_back.end(), receipts.begin(), receipts.end());
  }
  void Rest(int) override {
    const std::lock_guard lock(*all_);
    ++rests;
  }

  std::vector<aws::Received> dead;
  std::function<Result<Refusals>(const std::vector<aws::SendEntry>&)> answer;
  // What is not empty is the answer, and nothing is deleted.
  std::function<Result<Refusals>(const std::vector<std::string>&)> on_delete;
  bool forgets_deletes = false;
  int receives = 0, rests = 0;
  std::vector<std::vector<std::string>> calls;  // What was sent, be it taken or not.
  std::vector<std::string> sent, deleted, given_back;

 private:
  std::unique_ptr<std::mutex> all_ = std::make_unique<std::mutex>();  // So that it can be moved.
};

class RedriveTest : public testing::Test {
 protected:
  Redrive::Counts Run(Redrive::Options options = {.workers = 1}) {
    Redrive redrive(ends_, notes_, options);
    result_ = redrive.Run({});
    why_ = redrive.last_refusal();
    return redrive.counts();
  }
  Redrive::Counts RunFifo() { return Run({.fifo = true}); }

  // Refuses the entries with that body.
  void Refuse(const std::string& body, bool sender_fault) {
    ends_.answer = [=](const std::vector<aws::SendEntry>& entries) {
      RedriveEnds::Refusals refusals;
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].body == body) refusals.push_back({i, "Refused", sender_fault});
      }
      return Result<RedriveEnds::Refusals>(refusals);
    };
  }

  FakeEnds ends_;
  const IdentityNotes notes_ = IdentityNotes::Make(keys::KeyRing::ForTests(), "logins").value();
  Result<> result_ = Ok();
  std::string why_;
};

TEST_F(RedriveTest, MovesAllInTens) {
  for (int i = 0; i < 25; ++i) ends_.Put("m" + std::to_string(i));
  EXPECT_EQ(Run().moved, 25u);
  EXPECT_THAT(ends_.calls, ElementsAre(SizeIs(10), SizeIs(10), SizeIs(5)));
  EXPECT_THAT(ends_.dead, IsEmpty());
}

TEST_F(RedriveTest, OneOfAGroupACallInTheirOrder) {
  ends_.Put("1", "a", "1");
  ends_.Put("2", "a", "2");
  ends_.Put("3", "b", "1");
  ends_.Put("4", "a", "3");
  EXPECT_EQ(RunFifo().moved, 4u);
  EXPECT_THAT(ends_.calls,
              ElementsAre(ElementsAre("a1", "b1"), ElementsAre("a2"), ElementsAre("a3")));
}

TEST_F(RedriveTest, NothingOvertakesInAGroupWhatIsRefused) {
  for (int i = 0; i < 15; ++i) {  // The run's second answer has some of the group too.
    ends_.Put("a" + std::to_string(i), "a", std::to_string(i));
    ends_.Put("b" + std::to_string(i), "b", std::to_string(i) + "!");
  }
  Refuse("3", true);
  const Redrive::Counts counts = RunFifo();
  EXPECT_EQ(counts.moved, 18u);
  EXPECT_EQ(counts.failed, 12u);
  for (const std::string& sent : ends_.sent) {
    EXPECT_TRUE(sent[0] == 'b' || sent < "a3") << sent;
  }
  EXPECT_THAT(ends_.given_back, SizeIs(12));
}

TEST_F(RedriveTest, WhatIsRefusedForNowIsNotOvertaken) {
  for (const char* n : {"1", "2", "3"}) ends_.Put(n, "a", n);
  int refusals = 2;
  ends_.answer = [&](const std::vector<aws::SendEntry>&) {
    RedriveEnds::Refusals refused;
    if (refusals-- > 0) refused.push_back({0, "InternalError", false});
    return Result<RedriveEnds::Refusals>(refused);
  };
  EXPECT_EQ(RunFifo().moved, 3u);
  EXPECT_THAT(ends_.sent, ElementsAre("a1", "a2", "a3"));
  EXPECT_EQ(ends_.rests, 2);
}

TEST_F(RedriveTest, EndsWhenAllThatIsLeftHasComeByAgain) {
  for (int i = 0; i < 25; ++i) ends_.Put("bad" + std::to_string(i), "", "bad");
  for (int i = 0; i < 25; ++i) ends_.Put("good" + std::to_string(i), "", "good");
  Refuse("bad", true);
  const Redrive::Counts counts = Run();
  EXPECT_EQ(counts.moved, 25u) << "also those behind what is left";
  EXPECT_EQ(counts.failed, 25u) << "each counts once";
  EXPECT_LT(ends_.receives, 12);
  EXPECT_THAT(ends_.given_back, SizeIs(25));
  EXPECT_EQ(why_, "Refused");
}

TEST_F(RedriveTest, EndsWhenDeletesDoNotHold) {
  for (int i = 0; i < 5; ++i) ends_.Put("m" + std::to_string(i));
  ends_.forgets_deletes = true;
  EXPECT_EQ(Run().moved, 5u);
  EXPECT_THAT(ends_.sent, SizeIs(5)) << "and nothing is sent twice";
  EXPECT_LT(ends_.receives, 5);
}

// Refused by a server in trouble, and by a receipt that is too old: it comes again with a new one.
TEST_F(RedriveTest, DeletesUntilItHolds) {
  for (const bool sender_fault : {false, true}) {
    ends_.Put(sender_fault ? "old" : "trouble");
    int refusals = 2;
    ends_.on_delete = [&](const std::vector<std::string>& receipts) {
      RedriveEnds::Refusals refused;
      if (refusals-- > 0) refused.push_back({receipts.size() - 1, "Refused", sender_fault});
      return Result<RedriveEnds::Refusals>(refused);
    };
    const Redrive::Counts counts = Run();
    EXPECT_EQ(counts.moved, 1u);
    EXPECT_EQ(counts.undeleted, 0u) << sender_fault;
    EXPECT_THAT(ends_.dead, IsEmpty());
  }
  EXPECT_EQ(ends_.rests, 2) << "another try does nothing for a receipt that is too old";
}

TEST_F(RedriveTest, TellsWhatItCouldNotDelete) {
  for (const bool sender_fault : {false, true}) {
    ends_ = FakeEnds();
    for (int i = 0; i < 12; ++i) ends_.Put("m" + std::to_string(i));
    ends_.on_delete = [&](const std::vector<std::string>& receipts) {
      RedriveEnds::Refusals refused;
      for (std::size_t i = 0; i < receipts.size(); ++i) {
        refused.push_back({i, "Refused", sender_fault});
      }
      return Result<RedriveEnds::Refusals>(refused);
    };
    const Redrive::Counts counts = Run();
    EXPECT_EQ(counts.moved, 12u);
    EXPECT_EQ(counts.undeleted, 12u) << sender_fault;
    EXPECT_THAT(ends_.sent, SizeIs(12)) << "and nothing is sent twice";
  }
}

TEST_F(RedriveTest, TellsWhatItHadNotDeletedWhenItGaveUp) {
  for (int i = 0; i < 10; ++i) ends_.Put("m" + std::to_string(i));
  ends_.on_delete = [](const std::vector<std::string>&) {
    return Result<RedriveEnds::Refusals>(ConfigError("denied"));
  };
  EXPECT_EQ(Run().undeleted, 10u);
  EXPECT_FALSE(result_.ok());
}

TEST_F(RedriveTest, OneThatIsTooLongForACallCostsItsNeighboursNothing) {
  for (int i = 0; i < 4; ++i) ends_.Put("m" + std::to_string(i), "", i == 2 ? "long" : "short");
  ends_.answer = [](const std::vector<aws::SendEntry>& entries) {
    for (const aws::SendEntry& entry : entries) {
      if (entry.body == "long") return Result<RedriveEnds::Refusals>(Rejected("BatchTooLong"));
    }
    return Result<RedriveEnds::Refusals>(RedriveEnds::Refusals());
  };
  const Redrive::Counts counts = Run();
  EXPECT_TRUE(result_.ok());
  EXPECT_EQ(counts.moved, 3u);
  EXPECT_EQ(counts.failed, 1u);
  EXPECT_EQ(why_, "BatchTooLong");
  EXPECT_THAT(ends_.given_back, ElementsAre("m2"));
}

TEST_F(RedriveTest, GivesUpWhereTheQueueIsToBlame) {
  for (int i = 0; i < 4; ++i) ends_.Put("m" + std::to_string(i));
  ends_.answer = [](const std::vector<aws::SendEntry>&) {
    return Result<RedriveEnds::Refusals>(ConfigError("denied"));
  };
  EXPECT_EQ(Run().moved, 0u);
  ASSERT_FALSE(result_.ok());
  EXPECT_EQ(result_.error().message, "denied");
  EXPECT_THAT(ends_.calls, SizeIs(1));
  EXPECT_THAT(ends_.given_back, SizeIs(4));
  EXPECT_THAT(ends_.deleted, IsEmpty());
}

TEST_F(RedriveTest, ACallHoldsAQuarterOfAMebibyte) {
  for (int i = 0; i < 3; ++i) ends_.Put("m" + std::to_string(i), "", std::string(100'000, 'x'));
  EXPECT_EQ(Run().moved, 3u);
  EXPECT_THAT(ends_.calls, ElementsAre(SizeIs(2), SizeIs(1)));
}

TEST_F(RedriveTest, MovesNoMoreThanItIsTold) {
  for (int i = 0; i < 25; ++i) ends_.Put("m" + std::to_string(i));
  EXPECT_EQ(Run({.most = 12}).moved, 12u);
  EXPECT_THAT(ends_.dead, SizeIs(13));
}

TEST_F(RedriveTest, WhatIsLeftIsNotOfThoseThatItMoves) {
  for (int i = 0; i < 15; ++i) ends_.Put("bad" + std::to_string(i), "", "bad");
  for (int i = 0; i < 15; ++i) ends_.Put("good" + std::to_string(i), "", "good");
  Refuse("bad", true);
  EXPECT_EQ(Run({.most = 12}).moved, 12u);
  EXPECT_THAT(ends_.dead, SizeIs(18));
}

// One worker has all that may be moved, and gets less than it asked for: the other one, which waits
// meanwhile, takes over when the first finds nothing any more.
TEST_F(RedriveTest, AWorkerWaitsForWhatTheOthersLeave) {
  struct Slow : FakeEnds {
    Result<std::vector<aws::Received>> Receive(int most) override {
      std::unique_lock lock(mutex);
      if (++asked == 1) {  // The first finds nothing, after the other had its turn.
        changed.wait_for(lock, std::chrono::milliseconds(50), [&] { return asked > 1; });
        return std::vector<aws::Received>();
      }
      changed.notify_all();
      return FakeEnds::Receive(most);
    }
    std::mutex mutex;
    std::condition_variable changed;
    int asked = 0;
  } ends;
  for (int i = 0; i < 8; ++i) ends.Put("m" + std::to_string(i));
  Redrive redrive(ends, notes_, {.most = 8, .workers = 2});
  EXPECT_TRUE(redrive.Run({}).ok());
  EXPECT_EQ(redrive.counts().moved, 8u);
}

TEST_F(RedriveTest, LeavesANoteThatItDoesNotKnow) {
  ends_.Put("m1");
  ends_.dead[0].attributes = R"({"Bauta.Identity":{"DataType":"String","StringValue":"1:1:)" +
                             std::string(64, '0') + R"(:x"}})";
  const Redrive::Counts counts = Run();
  EXPECT_EQ(counts.moved, 0u);
  EXPECT_EQ(counts.failed, 1u);
  EXPECT_THAT(ends_.calls, IsEmpty());
  EXPECT_THAT(why_, testing::HasSubstr("not of this key ring"));
}

}  // namespace
}  // namespace bauta::cli
