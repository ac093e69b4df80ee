#include "queue/group_commit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "fakes/fake_journal.h"

namespace bauta::queue {
namespace {

using testing::ElementsAre;

class GroupCommitTest : public testing::Test {
 protected:
  ~GroupCommitTest() override { Stop(); }
  void Stop() {
    thread_.request_stop();
    journal_.may_end.release(1'000);
    if (thread_.joinable()) thread_.join();
  }
  // A change, and what becomes of it.
  std::future<bool> Change() {
    ++changes_;
    commit_.Changed();
    return Durable();
  }
  std::future<bool> Durable() {
    auto durable = std::make_shared<std::promise<bool>>();
    commit_.WhenDurable([durable](bool is) { durable->set_value(is); });
    return durable->get_future();
  }
  static bool Told(const std::future<bool>& durable) {
    return durable.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  fakes::FakeJournal journal_;
  std::atomic<std::int64_t> changes_{0};
  GroupCommit commit_{journal_, [this] {
                        Changes changes;
                        changes.now_ms = changes_;
                        return changes;
                      }};
  std::jthread thread_;
  void Start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { commit_.Run(stop); });
  }
};

TEST_F(GroupCommitTest, WithoutAChangeNobodyWaits) { EXPECT_TRUE(Durable().get()); }

TEST_F(GroupCommitTest, WhatGathersWhileItWritesIsOneWrite) {
  Start();
  std::future<bool> first = Change();
  journal_.begun.acquire();
  std::future<bool> second = Change();
  std::future<bool> third = Change();
  std::future<bool> onlooker = Durable();
  EXPECT_FALSE(Told(first));
  journal_.may_end.release();
  EXPECT_TRUE(first.get());
  journal_.begun.acquire();
  EXPECT_FALSE(Told(second));
  EXPECT_FALSE(Told(onlooker));
  journal_.may_end.release();
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(third.get());
  EXPECT_TRUE(onlooker.get());
  Stop();
  EXPECT_THAT(journal_.written, ElementsAre(1, 3));
}

TEST_F(GroupCommitTest, WhatCannotBeWrittenIsToldAndTriedAgain) {
  journal_.failures = 2;
  Start();
  std::future<bool> first = Change();
  journal_.begun.acquire();
  std::future<bool> second = Change();
  journal_.may_end.release();
  EXPECT_FALSE(first.get());
  EXPECT_FALSE(second.get());
  EXPECT_TRUE(commit_.failing());
  EXPECT_FALSE(Change().get()) << "at once";
  EXPECT_FALSE(Durable().get());
  journal_.may_end.release(2);  // Fails again, then does not.
  journal_.begun.acquire();
  journal_.begun.acquire();
  journal_.begun.acquire();  // What changed meanwhile.
  EXPECT_FALSE(commit_.failing());
  std::future<bool> last = Durable();
  EXPECT_FALSE(Told(last));
  journal_.may_end.release();
  EXPECT_TRUE(last.get());
  Stop();
  EXPECT_THAT(journal_.written, ElementsAre(1, 3)) << "the first as it was, then the rest";
}

TEST_F(GroupCommitTest, AStopWritesWhatHasGathered) {
  std::future<bool> change = Change();
  Start();
  journal_.begun.acquire();
  thread_.request_stop();
  journal_.may_end.release();
  EXPECT_TRUE(change.get());
  Stop();
  EXPECT_THAT(journal_.written, ElementsAre(1));
}

TEST_F(GroupCommitTest, AStopDoesNotWaitForADiskThatIsFull) {
  journal_.failures = 1'000'000;
  Start();
  EXPECT_FALSE((journal_.may_end.release(), Change().get()));
  Stop();  // Returns.
  EXPECT_TRUE(commit_.failing());
}

}  // namespace
}  // namespace bauta::queue
