#include "crypto/process.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bauta::crypto {
namespace {

TEST(SelfTest, PassesWithTheInstalledLibraries) {
  const Result<> tested = SelfTest();
  EXPECT_TRUE(tested.ok()) << tested.error().message;
}

TEST(SelfTest, RefusesAWrongAnswerByItsName) {
  const KnownAnswer answers[] = {{"the first", [] { return true; }},
                                 {"the second", [] { return false; }},
                                 {"the third", [] { return false; }}};
  const Result<> tested = SelfTest(answers);
  ASSERT_FALSE(tested.ok());
  EXPECT_EQ(tested.error().code, ErrorCode::kConfig);
  EXPECT_EQ(tested.error().message, "the self-test of the second failed");
  EXPECT_FALSE(tested.error().hint.empty());
}

// In a child: the tests themselves want to stay debuggable.
TEST(ProtectProcess, LeavesNoCoreDumps) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    rlimit limit{};
    const bool ok = ProtectProcess().ok() && prctl(PR_GET_DUMPABLE) == 0 &&
                    getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 &&
                    limit.rlim_max == 0;
    _exit(ok ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace bauta::crypto
