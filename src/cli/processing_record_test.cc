#include "cli/processing_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <vector>

namespace bauta::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr HashRates kRates{.sha256 = 8e6, .token = 4e6};

ColumnRule Clear(std::string name) {
  ColumnRule rule;
  rule.column = name;
  rule.from = "/" + name;
  return rule;
}

ColumnRule Masked(std::string name, Mask mask, Canonical canonical = Canonical::kText) {
  ColumnRule rule = Clear(std::move(name));
  rule.mask.emplace();
  rule.mask->mask = mask;
  rule.mask->canonical = canonical;
  rule.mask->domain = rule.column;
  rule.mask->label = "[x]";
  return rule;
}

config::Config ConfigOf(std::vector<ColumnRule> rules) {
  config::Config config;
  config.pipeline = "logins";
  config.source.queue = "login-queue";
  config.target.table = "user_logins";
  config.target.url = "postgresql://u:hidden@db/x";
  config.vault.recipient = "v1";
  config.quarantine.recipient = "q1";
  config.mapping.columns = std::move(rules);
  return config;
}

ColumnRecord RecordOfOne(ColumnRule rule) {
  return RecordOf(ConfigOf({std::move(rule)}), kRates).columns.at(0);
}

TEST(ProcessingRecordTest, SaysOfEachMaskWhatLeadsBackAndHowLongItTakes) {
  struct Way {
    Needs needs;
    double seconds;
  };
  const struct {
    Mask mask;
    Canonical canonical;
    std::vector<Way> ways;
  } kCases[] = {
      {Mask::kHmacSha256, Canonical::kIp, {{Needs::kTokenKey, 4294967296.0 / 4e6}}},
      {Mask::kHmacSha256, Canonical::kIpPrefix, {{Needs::kTokenKey, 16777216.0 / 4e6}}},
      {Mask::kHmacSha256, Canonical::kText, {{Needs::kTokenKey, 250}}},
      {Mask::kAesSiv, Canonical::kText, {{Needs::kTokenKey, 0}}},
      {Mask::kIpcryptDeterministic, Canonical::kIp, {{Needs::kTokenKey, 0}}},
      {Mask::kIpcryptPfx, Canonical::kIp, {{Needs::kTokenKey, 0}, {Needs::kNothing, 0}}},
      {Mask::kLegacySha256,
       Canonical::kText,
       {{Needs::kNothing, 4294967296.0 / 8e6}, {Needs::kNothing, 125}}},
      {Mask::kTruncate, Canonical::kText, {}},
      {Mask::kKeepLast, Canonical::kText, {}},
      {Mask::kRedact, Canonical::kText, {}},
      {Mask::kNull, Canonical::kText, {}},
  };
  for (const auto& c : kCases) {
    const ColumnRecord column = RecordOfOne(Masked("ip", c.mask, c.canonical));
    ASSERT_EQ(column.ways.size(), c.ways.size()) << column.mask;
    for (std::size_t i = 0; i < c.ways.size(); ++i) {
      EXPECT_EQ(column.ways[i].needs, c.ways[i].needs) << column.mask;
      EXPECT_DOUBLE_EQ(column.ways[i].seconds.value_or(-1), c.ways[i].seconds) << column.mask;
      EXPECT_FALSE(column.ways[i].audited) << column.mask;
    }
    EXPECT_FALSE(column.quasi_identifier) << column.mask;
    EXPECT_THAT(column.holds, Not(IsEmpty())) << column.mask;
  }
}

TEST(ProcessingRecordTest, AVaultIsAWayBackThatIsAudited) {
  ColumnRule rule = Masked("ip", Mask::kHmacSha256, Canonical::kIp);
  rule.mask->vault = true;
  const ColumnRecord column = RecordOfOne(rule);
  ASSERT_EQ(column.ways.size(), 2u);
  EXPECT_EQ(column.ways[1].needs, Needs::kVaultIdentity);
  EXPECT_TRUE(column.ways[1].audited);
}

TEST(ProcessingRecordTest, AColumnInClearIsAQuasiIdentifierThatAnybodyReads) {
  const ColumnRecord column = RecordOfOne(Clear("user_id"));
  EXPECT_TRUE(column.quasi_identifier);
  ASSERT_EQ(column.ways.size(), 1u);
  EXPECT_EQ(column.ways[0].needs, Needs::kNothing);

  ColumnRule constant = Clear("loaded");
  constant.from.clear();
  EXPECT_THAT(RecordOfOne(constant).ways, IsEmpty());
}

TEST(ProcessingRecordTest, WhatNoColumnReadsIsToldToo) {
  config::Config config = ConfigOf({Clear("a")});
  config.mapping.unknown_fields = UnknownFields::kColumn;
  config.mapping.rest_column = "extra";
  EXPECT_TRUE(RecordOf(config, kRates).columns.at(1).quasi_identifier);
}

TEST(ProcessingRecordTest, JoinsAreOfOneDomainFormAndMask) {
  ColumnRule other = Masked("other", Mask::kHmacSha256, Canonical::kIp);
  ColumnRule same = other;
  same.column = "same";
  ColumnRule text = Masked("text", Mask::kHmacSha256);
  text.mask->domain = "other";
  ColumnRule siv = Masked("siv", Mask::kAesSiv, Canonical::kIp);
  siv.mask->domain = "other";
  const ProcessingRecord record = RecordOf(ConfigOf({other, same, text, siv}), kRates);
  EXPECT_THAT(record.columns[0].joins, ElementsAre("same"));
  EXPECT_THAT(record.columns[1].joins, ElementsAre("other"));
  EXPECT_THAT(record.columns[2].joins, IsEmpty());
  EXPECT_THAT(record.columns[3].joins, IsEmpty());
}

TEST(ProcessingRecordTest, NeitherPasswordNorSuffixIsTold) {
  ColumnRule rule = Masked("ip", Mask::kLegacySha256);
  rule.mask->suffix = "pepper";
  const ProcessingRecord record = RecordOf(ConfigOf({rule}), kRates);
  EXPECT_EQ(record.columns[0].ways[0].needs, Needs::kSuffix);
  for (const std::string& said : {ToJson(record), ToText(record)}) {
    EXPECT_THAT(said, Not(HasSubstr("pepper")));
    EXPECT_THAT(said, Not(HasSubstr("hidden")));
    EXPECT_THAT(said, Not(HasSubstr("anonymised")));
  }
}

TEST(ProcessingRecordTest, JsonIsOneObjectOnOneLine) {
  const std::string json = ToJson(RecordOf(ConfigOf({Clear("a\"b")}), kRates));
  EXPECT_THAT(json, Not(HasSubstr("\n")));
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(json).get(root), simdjson::SUCCESS) << json;
  EXPECT_EQ(std::string_view(root["columns"].at(0)["column"]), "a\"b");
  EXPECT_EQ(std::string_view(root["data"]), "pseudonymised");
}

TEST(HowLongTest, ReadsLikeAPersonWouldSayIt) {
  const struct {
    double seconds;
    const char* said;
  } kCases[] = {{0, "at once"},   {0.05, "less than 0.1 s"}, {0.42, "0.4 s"},      {547, "9.1 min"},
                {11520, "3.2 h"}, {864000, "10 days"},       {1.2e10, "380 years"}};
  for (const auto& c : kCases) EXPECT_EQ(HowLong(c.seconds), c.said);
}

}  // namespace
}  // namespace bauta::cli
