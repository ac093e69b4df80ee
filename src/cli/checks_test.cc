#include "cli/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.h"
#include "cli/load_config.h"
#include "config/print.h"

namespace bauta::cli {
namespace {

using config::Problem;
using config::Severity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

config::Loaded Example(std::vector<std::string> sets) {
  config::Sources sources;
  sources.file = "/nonexistent/bauta.yaml";
  sources.text = std::string(config::Example());
  sources.sets = std::move(sets);
  return config::Load(sources);
}

std::vector<std::string> Codes(const std::vector<Problem>& problems) {
  std::vector<std::string> codes;
  for (const Problem& problem : problems) codes.push_back(problem.code);
  return codes;
}

TEST(CheckMeaning, PlacesAKeyRingThatDoesNotLoad) {
  config::Loaded loaded = Example({});
  CheckMeaning(loaded, Depth::kOffline);
  ASSERT_THAT(Codes(loaded.problems), ElementsAre("E040"));
  EXPECT_EQ(loaded.problems[0].path, "keys.file");
  EXPECT_EQ(loaded.problems[0].line, 22);
  EXPECT_THAT(loaded.problems[0].message, HasSubstr("/nonexistent/keyring.json"));
}

TEST(CheckMeaning, SaysHowToMakeARecipient) {
  config::Sources sources;
  sources.sets = {"source.sqs.queue=q", "target.postgres.table=t", "columns.a={from: /a}",
                  "keys.file=/nonexistent/keyring.json"};
  config::Loaded loaded = config::Load(sources);
  CheckMeaning(loaded, Depth::kOffline);
  ASSERT_THAT(Codes(loaded.problems), ElementsAre("E040", "E041"));
  EXPECT_THAT(loaded.problems[1].hint, HasSubstr("bauta keys generate"));
}

TEST(CheckMeaning, TellsWhatDoesNotAnswerFromWhatIsWrong) {
  // Port 1 on loopback: nobody is there.
  config::Loaded loaded =
      Example({"source.sqs.endpoint=http://127.0.0.1:1", "source.sqs.region=us-east-1",
               "target.postgres.url=host=127.0.0.1 port=1"});
  CheckMeaning(loaded, Depth::kConnections);
  EXPECT_THAT(Codes(loaded.problems), ::testing::UnorderedElementsAre("E040", "E051", "E061"));
}

TEST(CheckExitCode, IsThreeOnlyIfNothingButConnectionsFail) {
  const auto error = [](std::string_view code) { return Problem{.code = std::string(code)}; };
  const Problem warning{.code = "W003", .severity = Severity::kWarning};
  EXPECT_EQ(CheckExitCode({}), kDone);
  EXPECT_EQ(CheckExitCode({warning}), kDone);
  EXPECT_EQ(CheckExitCode({warning, error("E046"), error("E051"), error("E061")}), kUnreachable);
  EXPECT_EQ(CheckExitCode({error("E051"), error("E040")}), kUsage);
  EXPECT_EQ(CheckExitCode({error("E060")}), kUsage);
}

TEST(Context, EndsWithTheCodeThatTheErrorAsksFor) {
  const std::pair<Error, int> cases[] = {{ConfigError("x"), kUsage},
                                         {Rejected("x"), kUsage},
                                         {Retryable("x"), kUnreachable},
                                         {Fatal("x", "hint"), kFailed}};
  for (const auto& [error, code] : cases) {
    Context context;
    context.Fail(error);
    EXPECT_EQ(context.exit_code, code);
  }
}

TEST(Context, RefusesABrokenConfigAsUsage) {
  Context context;
  context.config_file = "/nonexistent/bauta.yaml";
  EXPECT_FALSE(context.LoadConfig());
  EXPECT_EQ(context.exit_code, kUsage);
}

TEST(Context, LetsItsFlagsWinOverSets) {
  Context context;
  context.config_file = "/nonexistent/bauta.yaml";
  context.sets = {"log.level=warn"};
  context.log_level = "debug";
  config::Sources sources = SourcesOf(context);
  sources.text = std::string(config::Example());
  EXPECT_EQ(config::Load(sources).config.log_level, log::Level::kDebug);
}

TEST(Context, IsNeverInteractiveWithoutColor) {
  Context context;
  context.color = "never";
  EXPECT_FALSE(context.Interactive());
}

}  // namespace
}  // namespace bauta::cli
