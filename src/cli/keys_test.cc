#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "fakes/temp_folder.h"

namespace bauta::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Output {
  int code = 0;
  std::string out, err;
};

// `bauta keys ARGS`, in this process.
Output Keys(std::vector<std::string> args, bool json = false) {
  Context context;
  context.json = json;
  context.no_input = true;
  context.color = "never";
  CLI::App app;
  AddKeys(app, context);
  args.insert(args.begin(), "keys");
  std::reverse(args.begin(), args.end());  // As CLI11 wants a vector.
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Output output;
  try {
    app.parse(args);
    output.code = context.exit_code;
  } catch (const CLI::ParseError& e) {
    output.code = kUsage;
  }
  std::fflush(stdout);
  output.out = testing::internal::GetCapturedStdout();
  output.err = testing::internal::GetCapturedStderr();
  return output;
}

std::string Content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

class KeysCommand : public testing::Test {
 protected:
  std::string File(const char* name) const { return folder_.path() + "/" + name; }
  const TempFolder folder_;
};

TEST_F(KeysCommand, GenerateMakesThreeFilesAndSaysWhereTheyBelong) {
  const Output made = Keys({"generate", "--dir", folder_.path(), "--no-passphrase"});
  EXPECT_EQ(made.code, kDone) << made.err;
  for (const char* name : {"keyring.json", "identity-v1.json", "identity-q1.json"}) {
    EXPECT_THAT(made.out, HasSubstr(File(name)));
    struct stat status {};
    ASSERT_EQ(stat(File(name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 07777, 0600u);
  }
  EXPECT_THAT(made.out, HasSubstr("do not belong on this host"));
  EXPECT_THAT(made.out, HasSubstr("no passphrase"));
}

TEST_F(KeysCommand, GenerateNeverOverwrites) {
  ASSERT_EQ(Keys({"generate", "--dir", folder_.path(), "--no-passphrase"}).code, kDone);
  const std::string before = Content(File("keyring.json"));
  const Output again = Keys({"generate", "--dir", folder_.path(), "--no-passphrase"});
  EXPECT_EQ(again.code, kUsage);
  EXPECT_THAT(again.err, HasSubstr("never overwritten"));
  EXPECT_EQ(Content(File("keyring.json")), before);
}

TEST_F(KeysCommand, GenerateAsksForAPassphraseOrSaysHowToGiveOne) {
  const Output made = Keys({"generate", "--dir", folder_.path()});
  EXPECT_EQ(made.code, kUsage);
  EXPECT_THAT(made.err, HasSubstr("--passphrase-file"));
  EXPECT_THAT(made.err, HasSubstr("--no-passphrase"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(KeysCommand, GenerateTakesThePassphraseFromAFile) {
  const std::string file = File("passphrase");
  std::ofstream(file) << "correct horse\nbattery\n";
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  const Output made = Keys({"generate", "--dir", folder_.path(), "--passphrase-file", file}, true);
  EXPECT_EQ(made.code, kDone) << made.err;
  EXPECT_THAT(made.out, HasSubstr(R"("passphrase":true)"));
  EXPECT_THAT(Content(File("identity-q1.json")), Not(HasSubstr("\"sk\"")));
  EXPECT_EQ(std::count(made.out.begin(), made.out.end(), '\n'), 1);
}

TEST_F(KeysCommand, GenerateRefusesAnEmptyOrOpenPassphraseFile) {
  const std::string file = File("passphrase");
  std::ofstream(file) << "\n";
  for (const mode_t mode : {0600u, 0644u}) {
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
    EXPECT_EQ(Keys({"generate", "--dir", folder_.path(), "--passphrase-file", file}).code, kUsage);
    EXPECT_FALSE(std::filesystem::exists(File("keyring.json")));
  }
}

TEST_F(KeysCommand, ListShowsNoSecret) {
  ASSERT_EQ(Keys({"generate", "--dir", folder_.path(), "--no-passphrase"}).code, kDone);
  const Output json = Keys({"list", "--file", File("keyring.json")}, true);
  EXPECT_EQ(json.code, kDone) << json.err;
  EXPECT_THAT(json.out, HasSubstr(R"("primary":"k1","keys":[{"kid":"k1","status":"ENABLED",)"));
  EXPECT_THAT(json.out, HasSubstr(R"({"id":"q1","purpose":"quarantine","alg":"x25519-hpke",)"
                                  R"("status":"ENABLED"}]})"));
  const std::string ring = Content(File("keyring.json"));
  const std::size_t at = ring.find(R"("key":")") + 7;
  const std::string secret = ring.substr(at, 44);
  const Output text = Keys({"list", "--file", File("keyring.json")});
  EXPECT_THAT(text.out, HasSubstr("quarantine"));
  for (const std::string& shown : {json.out, text.out}) EXPECT_THAT(shown, Not(HasSubstr(secret)));
}

TEST_F(KeysCommand, CheckPassesOrSaysWhatIsWrong) {
  ASSERT_EQ(Keys({"generate", "--dir", folder_.path(), "--no-passphrase"}).code, kDone);
  EXPECT_EQ(Keys({"check", "--file", File("keyring.json")}).code, kDone);
  EXPECT_THAT(Keys({"check", "--file", File("keyring.json")}, true).out, HasSubstr(R"("ok":true)"));
  ASSERT_EQ(chmod(File("keyring.json").c_str(), 0644), 0);
  const Output open = Keys({"check", "--file", File("keyring.json")});
  EXPECT_EQ(open.code, kUsage);
  EXPECT_THAT(open.err, HasSubstr("chmod 600"));
  const Output missing = Keys({"check", "--file", File("none.json")});
  EXPECT_EQ(missing.code, kUsage);
  EXPECT_THAT(missing.err, HasSubstr("keys generate"));
}

TEST_F(KeysCommand, NeedsAVerb) { EXPECT_EQ(Keys({}).code, kUsage); }

}  // namespace
}  // namespace bauta::cli
