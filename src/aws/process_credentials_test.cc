#include "aws/process_credentials.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "fakes/fake_environment.h"
#include "fakes/temp_folder.h"

namespace bauta::aws {
namespace {

using std::chrono::milliseconds;

TEST(SplitCommand, IsThatOfAPosixShell) {
  // As Python's shlex.split has it.
  const std::map<std::string, std::vector<std::string>> cases = {
      {"/bin/x  a\tb", {"/bin/x", "a", "b"}},
      {R"(x "a b" 'c d')", {"x", "a b", "c d"}},
      {R"(x a" b "c'd e')", {"x", "a b cd e"}},
      {R"(x "" '')", {"x", "", ""}},
      {R"(x a\ b \" \\ )", {"x", "a b", "\"", "\\"}},
      {R"(x "a\"b\\c\d")", {"x", R"(a"b\c\d)"}},
      {R"(x 'a\b')", {"x", R"(a\b)"}},
      {R"(x $HOME `y` | z > f; #h)", {"x", "$HOME", "`y`", "|", "z", ">", "f;", "#h"}}};
  for (const auto& [command, words] : cases) EXPECT_EQ(*SplitCommand(command), words) << command;
  for (const char* bad : {"", "  ", "'a", "x \"b", "x \\", "''"}) {
    EXPECT_FALSE(SplitCommand(bad).ok()) << bad;
  }
}

Result<Credentials> Ask(const std::string& command,
                        milliseconds timeout = std::chrono::minutes(1)) {
  const Provider provider = TRY(ProcessCredentials("p", command, timeout));
  Outside outside{fakes::FakeEnvironment()};
  return provider.fetch(outside);
}

std::string Printing(const std::string& json) { return "printf '%s' '" + json + "'"; }

TEST(ProcessCredentials, ReadsWhatTheProgramPrints) {
  const auto got = Ask(Printing(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s",)"
                                R"("SessionToken":"t","Expiration":"2026-11-21T08:25:36+00:00"})"));
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(got->access_key_id, "A");
  EXPECT_EQ(got->session_token, "t");
  EXPECT_TRUE(got->expires);
}

TEST(ProcessCredentials, SaysWhatFailedAndNothingOfWhatWasPrinted) {
  struct Case {
    std::string command, says;
    ErrorCode code;
  };
  const std::vector<Case> cases = {
      {"sh -c 'echo hush; echo hush >&2; exit 1'", "ended with exit code 1", ErrorCode::kRetryable},
      {"sh -c 'kill -9 $$'", "ended by signal 9", ErrorCode::kRetryable},
      {"/nonexistent/program hush", "cannot be started: No such file", ErrorCode::kConfig},
      {"true", "no JSON object", ErrorCode::kConfig},
      {"printf hush", "no JSON object", ErrorCode::kConfig},
      {"cat /dev/zero", "prints too much", ErrorCode::kConfig},
      {Printing(R"({"Version":2,"AccessKeyId":"hush","SecretAccessKey":"s"})"), "\"Version\": 1",
       ErrorCode::kConfig},
      {Printing(R"({"AccessKeyId":"hush","SecretAccessKey":"s"})"), "\"Version\": 1",
       ErrorCode::kConfig},
      {Printing(R"({"Version":1,"AccessKeyId":"hush"})"), "no SecretAccessKey",
       ErrorCode::kConfig}};
  for (const Case& test : cases) {
    const auto got = Ask(test.command);
    ASSERT_FALSE(got.ok()) << test.says;
    EXPECT_EQ(got.error().code, test.code) << got.error().message;
    EXPECT_NE(got.error().message.find(test.says), std::string::npos) << got.error().message;
    EXPECT_EQ(got.error().message.find("hush"), std::string::npos);
  }
}

TEST(ProcessCredentials, KillsWhatHangsAndWhatItStarted) {
  const TempFolder folder;
  const std::string file = folder.path() + "/pid";
  const auto got = Ask("sh -c 'sleep 1000 & echo $! >" + file + "; wait'", milliseconds(500));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kRetryable);
  EXPECT_NE(got.error().message.find("did not end in time"), std::string::npos);
  int child = 0;
  std::ifstream(file) >> child;
  ASSERT_GT(child, 0);
  // Gone, or a zombie that nobody has waited for yet.
  const auto running = [&] {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string pid, name, state;
    stat >> pid >> name >> state;
    return stat.good() && state != "Z" && state != "X";
  };
  while (running()) std::this_thread::yield();
}

TEST(ProcessCredentials, AProgramThatClosesItsOutputAndStaysIsKilledToo) {
  EXPECT_NE(Ask("sh -c 'exec >&-; exec sleep 1000'", milliseconds(300))
                .error()
                .message.find("did not end in time"),
            std::string::npos);
}

TEST(ProcessCredentials, EndsWithTheProgramThatAsked) {
  const auto provider = ProcessCredentials("p", "sleep 1000");
  ASSERT_TRUE(provider.ok());
  Outside outside{fakes::FakeEnvironment()};
  std::jthread stopper([&] { outside.Stop(); });
  EXPECT_FALSE(provider->fetch(outside).ok());
}

}  // namespace
}  // namespace bauta::aws
