#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/codes.h"
#include "config/print.h"

namespace bauta::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Loaded LoadText(std::string text, Environment environment = {}) {
  Sources sources;
  sources.file = "bauta.yaml";
  sources.text = std::move(text);
  sources.environment = std::move(environment);
  return Load(sources);
}

TEST(Example, KeepsItsComments) {
  EXPECT_THAT(std::string(Example()), HasSubstr("# name or URL"));
  EXPECT_THAT(std::string(Example()), HasSubstr("vault: {recipient: v1}"));
  EXPECT_THAT(std::string(Example()), Not(HasSubstr("admin")));
}

TEST(Examples, LoadWithoutAnError) {
  EXPECT_GE(Examples().size(), 10u);
  for (const NamedExample& example : Examples()) {
    const Loaded loaded = LoadText(std::string(example.config));
    EXPECT_TRUE(loaded.ok()) << example.name << ToJson(loaded.problems);
    EXPECT_TRUE(example.table.starts_with("CREATE TABLE IF NOT EXISTS ")) << example.name;
    const std::string again = ShowYaml(loaded.settings, false);
    EXPECT_EQ(ShowYaml(LoadText(again).settings, false), again) << example.name;
  }
}

TEST(Examples, AreNamedInTheirReadme) {
  const Result<std::string> page = ReadSmallFile(BAUTA_TEST_DATA "/../../examples/README.md");
  ASSERT_TRUE(page.ok());
  for (const NamedExample& example : Examples()) {
    EXPECT_THAT(page.value(), HasSubstr(fmt::format("\n| [{0}]({0}) |", example.name)));
  }
}

TEST(ShowYaml, LoadsAgainAsTheSame) {
  const Loaded first = LoadText(
      std::string(Example()) + "  # a literal with a dollar sign and a column that needs quotes\n");
  const std::string yaml = ShowYaml(first.settings, false);
  const Loaded again = LoadText(yaml);
  ASSERT_TRUE(again.ok()) << yaml << ToJson(again.problems);
  EXPECT_EQ(ShowYaml(again.settings, false), yaml);
}

TEST(ShowYaml, QuotesWhatMustBeQuoted) {
  const Loaded first = LoadText(
      "source: {sqs: {queue: 'a: b #c'}}\ntarget: {postgres: {table: t}}\n"
      "columns: {\"true\": {from: /a}, \"x y\": {from: '/~0 \"', default: 'null'}, "
      "z: {default: '$$$${x}'}}\n");
  ASSERT_TRUE(first.ok()) << ToJson(first.problems);
  const Loaded again = LoadText(ShowYaml(first.settings, true));
  ASSERT_TRUE(again.ok()) << ShowYaml(first.settings, true) << ToJson(again.problems);
  EXPECT_EQ(again.config.source.queue, "a: b #c");
  ASSERT_EQ(again.config.mapping.columns.size(), 3u);
  EXPECT_EQ(again.config.mapping.columns[0].column, "true");
  EXPECT_EQ(again.config.mapping.columns[1].from, "/~0 \"");
  EXPECT_EQ(again.config.mapping.columns[1].default_value->literal, "null");
  EXPECT_EQ(again.config.mapping.columns[2].default_value->literal, "$${x}");
}

TEST(ShowYaml, SaysWhoSetWhatAndHidesThePassword) {
  Sources sources;
  sources.file = "bauta.yaml";
  sources.text = std::string(Example());
  sources.environment = {{"DATABASE_URL", "postgresql://me:hunter2@db.example.com/app"},
                         {"AWS_REGION", "eu-west-1"},
                         {"BAUTA__LOG__LEVEL", "warn"}};
  sources.sets = {"workers=3"};
  const std::string yaml = ShowYaml(Load(sources).settings, true);
  EXPECT_THAT(yaml, Not(HasSubstr("hunter2")));
  EXPECT_THAT(yaml, ::testing::ContainsRegex("url: .*me:\\*\\*\\*@db.example.com/app"));
  EXPECT_THAT(yaml, ::testing::ContainsRegex("region: eu-west-1 +# AWS_REGION\n"));
  EXPECT_THAT(yaml, ::testing::ContainsRegex("level: warn +# BAUTA__LOG__LEVEL\n"));
  EXPECT_THAT(yaml, ::testing::ContainsRegex("workers: 3 +# --set\n"));
  EXPECT_THAT(yaml, ::testing::ContainsRegex("queue: login-queue +# bauta.yaml:4:12\n"));
  EXPECT_THAT(yaml, ::testing::ContainsRegex("require_mlock: false +# default\n"));
  EXPECT_THAT(ShowJson(Load(sources).settings, true), Not(HasSubstr("hunter2")));
}

TEST(ShowJson, Nests) {
  const std::vector<Setting> settings = {{{"a", "b", "c"}, Type::kText, "x", "default"},
                                         {{"a", "d"}, Type::kWhole, "2", "--set"},
                                         {{"e"}, Type::kBool, "true", "default"}};
  EXPECT_EQ(ShowJson(settings, false), R"({"a":{"b":{"c":"x"},"d":2},"e":true})");
  EXPECT_EQ(ShowJson({settings[1]}, true), R"({"a":{"d":{"value":2,"origin":"--set"}}})");
}

TEST(JsonSchema, KnowsEveryKeyAndNoOther) {
  const std::string schema = JsonSchema();
  for (const Option& option : Options()) {
    if (option.path == "columns.*") continue;
    EXPECT_THAT(schema, HasSubstr("\"" + std::string(LastKey(option.path)) + "\":{"))
        << option.path;
    EXPECT_FALSE(option.about.empty()) << option.path;
  }
  EXPECT_THAT(schema, Not(HasSubstr("admin")));
}

std::string Page(const std::string& name) {
  const Result<std::string> page = ReadSmallFile(BAUTA_TEST_DATA "/../../docs/" + name);
  return page.ok() ? page.value() : "";
}

TEST(Docs, ExplainEveryKeyWithItsDefault) {
  const std::string page = Page("config.md");
  for (const Option& option : Options()) {
    if (option.type == Type::kSection) continue;
    std::string path(option.path);
    if (const std::size_t star = path.find('*'); star != std::string::npos) {
      path.replace(star, 1, "<name>");
    }
    std::string row = "\n| `" + path + "` |";
    if (!option.fallback.empty()) row += " `" + std::string(option.fallback) + "` |";
    EXPECT_THAT(page, HasSubstr(row));
  }
}

TEST(Docs, ExplainEveryCode) {
  const std::string page = Page("problems.md");
  for (const CodeInfo& info : kCodes) {
    EXPECT_THAT(page, HasSubstr("\n### " + std::string(info.code) + "\n")) << info.title;
  }
}

}  // namespace
}  // namespace bauta::config
