// A source over a fake queue, in time that the test moves.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "fakes/fake_sqs_queue.h"
#include "sources/sqs_source.h"

namespace bauta::fakes {

class SqsSourceTest : public testing::Test {
 protected:
  void Start(sources::SqsOptions options = {},
             std::chrono::seconds visibility = std::chrono::seconds(30)) {
    auto queue = std::make_unique<FakeSqsQueue>(clock_);
    queue_ = queue.get();
    source_ = std::make_unique<sources::SqsSource>(std::move(queue), visibility, options, clock_);
  }

  std::vector<Message> Take(std::size_t max = 1000, std::size_t bytes = 1 << 20) {
    auto got = source_->Receive(max, bytes, std::chrono::milliseconds(0),
                                std::chrono::milliseconds(0), {});
    EXPECT_TRUE(got.ok());
    return got.ok() ? std::move(*got) : std::vector<Message>();
  }

  bool CloseNow() { return source_->Close(std::chrono::steady_clock::now()); }

  // Ends every receive that is under way with nothing.
  void EndReceives() {
    for (std::size_t n = queue_->receives.size(); n > 0; --n) {
      queue_->AnswerReceive(MakeReceived(0, 0));
    }
  }

  FakeClock clock_;
  FakeSqsQueue* queue_ = nullptr;
  std::unique_ptr<sources::SqsSource> source_;
};

}  // namespace bauta::fakes
