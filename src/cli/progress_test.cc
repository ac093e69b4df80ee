#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "base/log.h"

namespace bauta::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(Progress, IsALogRecordAwayFromATerminal) {
  std::latch told(1);
  std::atomic<bool> first = true;
  const auto record = [&] {
    if (first.exchange(false)) told.count_down();
  };
  Progress progress(
      false, [] { return std::string("a line"); }, record, milliseconds(1));
  told.wait();
}

TEST(Progress, LogsItsLineWhenItHasNoRecord) {
  std::latch told(1);
  std::atomic<bool> first = true;
  testing::internal::CaptureStderr();
  log::Configure(log::Level::kInfo, log::Format::kJson);
  {
    Progress progress(
        false,
        [&] {
          if (first.exchange(false)) told.count_down();
          return std::string("ten sent");
        },
        {}, milliseconds(1));
    told.wait();
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(R"("msg":"ten sent")"));
}

TEST(Progress, TakesItsLineAwayOnce) {
  std::latch told(1);
  std::atomic<bool> first = true;
  testing::internal::CaptureStderr();
  Progress progress(
      true,
      [&] {
        if (first.exchange(false)) told.count_down();
        return std::string("x");
      },
      {}, milliseconds(1));
  told.wait();
  progress.End();
  progress.End();
  const std::string shown = testing::internal::GetCapturedStderr();
  EXPECT_THAT(shown, testing::EndsWith("\r\x1b[K"));
  EXPECT_THAT(shown, Not(testing::EndsWith("\r\x1b[K\r\x1b[K")));
}

}  // namespace
}  // namespace bauta::cli
