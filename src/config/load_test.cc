#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "config/codes.h"
#include "config/print.h"
#include "fakes/config_text.h"

namespace bauta::config {
namespace {

using fakes::Good;
using fakes::Summaries;
using fakes::Text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Load, TakesTheExampleWithoutAProblem) {
  const Loaded loaded = Load(Text(std::string(Example())));
  EXPECT_THAT(Summaries(loaded), IsEmpty());
  const Config& c = loaded.config;
  EXPECT_EQ(c.pipeline, "logins");
  EXPECT_EQ(c.source.queue, "login-queue");
  EXPECT_EQ(c.source.max_messages, 20'000u);
  EXPECT_EQ(c.source.max_bytes, 256u << 20);
  EXPECT_EQ(c.target.url, "postgresql:///postgres");
  EXPECT_EQ(c.target.table, "user_logins");
  EXPECT_EQ(c.target.batch_age, std::chrono::milliseconds(200));
  EXPECT_EQ(c.target.retention_days, 35);
  EXPECT_EQ(c.quarantine.recipient, "q1");
  EXPECT_DOUBLE_EQ(c.quarantine.stop_above, 0.5);
  EXPECT_EQ(c.workers, 2);
  EXPECT_EQ(c.grace, std::chrono::seconds(25));
  ASSERT_EQ(c.mapping.columns.size(), 7u);
  const ColumnRule& ip = c.mapping.columns[2];
  EXPECT_EQ(ip.column, "masked_ip");
  EXPECT_EQ(ip.from, "/ip");
  EXPECT_TRUE(ip.required);
  EXPECT_EQ(ip.line, 16);
  EXPECT_EQ(ip.position, 3);
  ASSERT_TRUE(ip.mask);
  EXPECT_EQ(ip.mask->canonical, Canonical::kIp);
  EXPECT_EQ(ip.mask->domain, "ip");
  EXPECT_EQ(ip.mask->bits, 128);
  EXPECT_EQ(c.mapping.columns[5].as, ReadAs::kVersion);
  ASSERT_TRUE(c.mapping.columns[6].default_value);
  EXPECT_EQ(c.mapping.columns[6].default_value->kind, DefaultValue::Kind::kSentAt);
}

TEST(Load, FillsInDefaults) {
  const Config c = Load(Good()).config;
  EXPECT_EQ(c.pipeline, "user_logins");
  EXPECT_EQ(c.target.url, "postgresql:///postgres");
  EXPECT_EQ(c.target.batch_rows, 5000u);
  EXPECT_EQ(c.keyring, "keyring.json");
  EXPECT_EQ(c.quarantine.recipient, "");
  EXPECT_EQ(c.quarantine.retention_days, 30);
  EXPECT_EQ(c.mapping.unknown_fields, UnknownFields::kIgnore);
  EXPECT_FALSE(c.source.region);
}

TEST(Load, BlocksGroupsOnlyWhereThereAreSome) {
  EXPECT_FALSE(Load(Good()).config.source.block_groups);
  Sources sources = Good();
  sources.sets = {"source.sqs.on_poison=block_group"};
  const Loaded standard = Load(sources);
  ASSERT_EQ(standard.problems.size(), 1u);
  EXPECT_EQ(standard.problems[0].code, codes::kContradiction);
  EXPECT_EQ(standard.problems[0].path, "source.sqs.on_poison");
  EXPECT_THAT(standard.problems[0].hint, HasSubstr(".fifo"));
  sources.sets.emplace_back("source.sqs.queue=http://192.0.2.1/000000000000/q.fifo");
  const Loaded fifo = Load(sources);
  EXPECT_THAT(Summaries(fifo), IsEmpty());
  EXPECT_TRUE(fifo.config.source.block_groups);
}

TEST(Load, ReadsWhereUnknownFieldsGo) {
  const Config c = Load(Good("unknown_fields: 'column:All Else'\n")).config;
  EXPECT_EQ(c.mapping.unknown_fields, UnknownFields::kColumn);
  EXPECT_EQ(c.mapping.rest_column, "All Else");
  EXPECT_EQ(ColumnNames(c.mapping), (std::vector<std::string>{"ip", "All Else"}));
  EXPECT_EQ(Load(Good("unknown_fields: quarantine\n")).config.mapping.unknown_fields,
            UnknownFields::kQuarantine);
}

TEST(Load, TellsAllFiveMistakesInReadingOrder) {
  const Loaded loaded =
      Load(Text("source: {sqs: {queue: q, regoin: eu-west-1}}\n"
                "target: {postgres: {table: t, batch: {age: 200}}}\n"
                "columns:\n"
                "  a: {form: /a}\n"
                "workers: 100\n"));
  EXPECT_THAT(Summaries(loaded),
              ElementsAre("E012@1:26", "E017@2:44", "E030@4:3", "E012@4:7", "E016@5:10"));
  EXPECT_FALSE(loaded.ok());
}

TEST(Load, RefusesTextThatIsNotUtf8) {
  const Loaded loaded = Load(Good("pipeline: \xff\n"));
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].message, "not UTF-8");
}

TEST(Load, SaysHowToBeginWithoutAFile) {
  const Loaded loaded = Load(Sources{});
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].code, codes::kNoConfig);
  EXPECT_THAT(loaded.problems[0].message, HasSubstr("source.sqs.queue"));
  EXPECT_THAT(loaded.problems[0].hint, HasSubstr("bauta config example > bauta.yaml"));
}

TEST(Load, NeedsNoFileIfAllElseSaysEverything) {
  Sources sources;
  sources.sets = {"source.sqs.queue=q", "target.postgres.table=s.\"T x\"", "columns.a={from: /a}"};
  const Loaded loaded = Load(sources);
  EXPECT_THAT(Summaries(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.pipeline, "T x");
  ASSERT_EQ(loaded.config.mapping.columns.size(), 1u);
  EXPECT_EQ(loaded.config.mapping.columns[0].from, "/a");
}

TEST(Load, SaysThatTheFileCannotBeRead) {
  Sources sources;
  sources.file = "/nonexistent/bauta.yaml";
  const Loaded loaded = Load(sources);
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].code, codes::kUnreadable);
  EXPECT_THAT(loaded.problems[0].message, HasSubstr("No such file"));
}

TEST(Load, LetsTheStrongerSourceWin) {
  Sources sources = Good("workers: 3\nlog: {level: info}\n");
  EXPECT_EQ(Load(sources).config.workers, 3);
  sources.environment["BAUTA__WORKERS"] = "4";
  EXPECT_EQ(Load(sources).config.workers, 4);
  sources.sets = {"workers=5", "workers=6", "log.level=warn"};
  EXPECT_EQ(Load(sources).config.workers, 6);
  sources.flags = {{"--log-level", "log.level", "debug"}};
  EXPECT_EQ(Load(sources).config.log_level, log::Level::kDebug);
}

TEST(Load, TakesOverridesAsTheyAre) {
  Sources sources = Good();
  sources.environment["BAUTA__TARGET__POSTGRES__URL"] = "host=h password=a#b: ${c}";
  sources.sets = {"columns.ip.bits=160"};
  const Loaded loaded = Load(sources);
  EXPECT_THAT(Summaries(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.target.url, "host=h password=a#b: ${c}");
  EXPECT_EQ(loaded.config.mapping.columns[0].mask->bits, 160);
}

TEST(Load, NamesTheOverrideThatIsWrong) {
  Sources sources = Good();
  sources.environment["BAUTA__WROKERS"] = "4";
  sources.environment["BAUTA__WORKERS__X"] = "4";
  sources.environment["BAUTA____A"] = "4";
  sources.sets = {"log.level=loud", "nothing", "columns.z={from: [}", "keys={file: x, flie: y}"};
  std::vector<std::string> found;
  for (const Problem& p : Load(sources).problems) {
    EXPECT_EQ(p.line, 0);
    EXPECT_EQ(p.source_line, "");
    found.push_back(p.file + " " + p.code);
  }
  EXPECT_THAT(found, ::testing::UnorderedElementsAre("BAUTA__WROKERS E012",
                                                     "BAUTA__WORKERS__X E014", "BAUTA____A E004",
                                                     "--set log.level E015", "--set E004",
                                                     "--set columns.z E004", "--set keys E012"));
}

TEST(Load, FindsTheDatabaseWhereTheEcosystemSaysIt) {
  Sources sources = Good();
  sources.environment["PGHOST"] = "db.example.com";
  EXPECT_EQ(Load(sources).config.target.url, "postgresql:///postgres");
  sources.environment["PGDATABASE"] = "app";
  EXPECT_EQ(Load(sources).config.target.url, "postgresql://");
  sources.environment["DATABASE_URL"] = "postgresql://db.example.com/app";
  EXPECT_EQ(Load(sources).config.target.url, "postgresql://db.example.com/app");
  sources.sets = {"target.postgres.url=host=other"};
  EXPECT_EQ(Load(sources).config.target.url, "host=other");
}

TEST(Load, ResolvesTheKeyRingAgainstTheFilesFolder) {
  Sources sources = Good();
  sources.file = "etc/bauta/bauta.yaml";
  EXPECT_EQ(Load(sources).config.keyring, "etc/bauta/keyring.json");
  sources.sets = {"keys.file=/run/keys.json"};
  EXPECT_EQ(Load(sources).config.keyring, "/run/keys.json");
}

TEST(Load, InterpolatesFileScalars) {
  Sources sources = Good(
      "workers: \"${N:-4}\"\n"
      "keys: {file: \"${DIR}/$$x\"}\n"
      "pipeline: ${file:/run/secrets/table}\n");
  sources.environment["DIR"] = "/keys: {x}";
  const Loaded loaded = Load(sources);
  EXPECT_THAT(Summaries(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.workers, 4);
  EXPECT_EQ(loaded.config.keyring, "/keys: {x}/$x");
  EXPECT_EQ(loaded.config.pipeline, "from_file");
}

TEST(Load, TakesTheDomainFromThePointersLastWord) {
  Sources sources = Good("  b: {from: /devices/0, mask: hmac-sha256}\n");
  const auto& columns = Load(sources).config.mapping.columns;
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0].mask->domain, "ip");
  EXPECT_EQ(columns[1].mask->domain, "devices");
}

TEST(Load, TakesWhatStandsBesideTheEvent) {
  const Loaded loaded =
      Load(Good("  b: {from: 'attribute:Trace.Id'}\n  c: {from: 'system:SenderId'}\n"
                "  d: {from: body, mask: hmac-sha256}\n"
                "  e: {from: 'attribute:client', mask: hmac-sha256}\n"
                "  f: {from: 'system:SenderId'}\n  g: {from: 'system:SentTimestamp'}\n"));
  EXPECT_THAT(Summaries(loaded), IsEmpty());
  const MappingRules& rules = loaded.config.mapping;
  ASSERT_EQ(rules.columns.size(), 7u);
  EXPECT_EQ(rules.columns[1].origin, Origin::kAttribute);
  EXPECT_EQ(rules.columns[1].from, "Trace.Id");
  EXPECT_EQ(rules.columns[2].origin, Origin::kSystem);
  EXPECT_EQ(rules.columns[3].origin, Origin::kBody);
  EXPECT_EQ(rules.columns[4].mask->domain, "client");
  EXPECT_THAT(SystemAttributesOf(rules), ElementsAre("SenderId"));
}

TEST(Load, TakesHowEventsStandInABody) {
  const BodyRules plain = Load(Good()).config.mapping.body;
  EXPECT_FALSE(plain.sns || plain.gzip_base64 || plain.events);
  const auto body = [](const std::string& keys) {
    return Load(Text("source: {sqs: {queue: q, " + keys +
                     "}}\ntarget: {postgres: {table: t}}\n"
                     "columns: {a: {from: /a}}\n"));
  };
  const Loaded all = body("unwrap: sns, encoding: gzip+base64, events: /a/items");
  EXPECT_THAT(Summaries(all), IsEmpty());
  EXPECT_TRUE(all.config.mapping.body.sns && all.config.mapping.body.gzip_base64);
  EXPECT_EQ(all.config.mapping.body.events, "/a/items");
  EXPECT_EQ(body("events: ''").config.mapping.body.events, "");
  for (const char* bad : {"events: items", "events: /~", "unwrap: eventbridge", "encoding: gzip"}) {
    EXPECT_EQ(body(bad).problems.size(), 1u) << bad;
  }
}

TEST(Load, TakesOneFieldIntoTwoColumns) {
  const Loaded loaded = Load(
      Good("  raw_ip: {from: /user/ip}\n"
           "  short: {from: /user/ip, mask: hmac-sha256, bits: 64, allow_collisions: true}\n"));
  EXPECT_THAT(Summaries(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.mapping.columns[2].mask->bits, 64);
}

TEST(Load, KeepsAnEmptyDefault) {
  const Loaded loaded = Load(Good("  b: {from: /b, default: \"\"}\n"));
  EXPECT_THAT(Summaries(loaded), IsEmpty());
  ASSERT_TRUE(loaded.config.mapping.columns[1].default_value);
  EXPECT_EQ(loaded.config.mapping.columns[1].default_value->literal, "");
}

TEST(Load, TakesNullAsAWayToHandleInvalidValues) {
  for (const char* word : {"null", "\"null\"", "~"}) {
    const Loaded loaded =
        Load(Good(std::string("  b: {from: /b, mask: hmac-sha256, on_invalid: ") + word + "}\n"));
    EXPECT_THAT(Summaries(loaded), IsEmpty()) << word;
    EXPECT_EQ(loaded.config.mapping.columns[1].mask->on_invalid, OnInvalid::kNull) << word;
  }
}

TEST(Load, ReadsTheOptionsOfEachMask) {
  const Loaded loaded = Load(
      Good("  a: {from: /b, mask: legacy-sha256, suffix: hello, i_understand_this_is_reversible: "
           "true, on_invalid: null}\n"
           "  b: {from: /b, mask: truncate, v4: 16, v6: 32}\n"
           "  c: {from: /b, mask: truncate}\n"
           "  d: {from: /b, mask: keep_last, n: 2}\n"
           "  e: {from: /x/ip/0, mask: redact}\n"
           "  f: {from: /IP, mask: redact}\n"
           "  g: {from: /b, mask: null}\n"
           "  h: {from: /b, mask: ~, required: true}\n"));
  EXPECT_THAT(Summaries(loaded), ElementsAre("W007@5:23"));
  std::vector<MaskRule> masks;
  for (const ColumnRule& rule : loaded.config.mapping.columns) masks.push_back(rule.mask.value());
  ASSERT_EQ(masks.size(), 9u);
  EXPECT_EQ(masks[1].mask, Mask::kLegacySha256);
  EXPECT_EQ(masks[1].suffix, "hello");
  EXPECT_EQ(masks[1].on_invalid, OnInvalid::kNull);
  EXPECT_EQ(masks[2].mask, Mask::kTruncate);
  EXPECT_EQ(masks[2].v4, 16);
  EXPECT_EQ(masks[2].v6, 32);
  EXPECT_EQ(masks[3].v4, 24);
  EXPECT_EQ(masks[3].v6, 48);
  EXPECT_EQ(masks[4].mask, Mask::kKeepLast);
  EXPECT_EQ(masks[4].n, 2);
  EXPECT_EQ(masks[5].label, "[ip]");
  EXPECT_EQ(masks[6].label, "[redacted]");
  EXPECT_EQ(masks[7].mask, Mask::kNull);
  EXPECT_EQ(masks[8].mask, Mask::kNull);
}

TEST(Load, ShowsTheOptionsOfEachMask) {
  const Loaded loaded =
      Load(Good("  b: {from: /b, mask: truncate}\n  c: {from: /b, mask: null}\n"));
  const std::string yaml = ShowYaml(loaded.settings, false);
  EXPECT_THAT(yaml, HasSubstr("  b:\n    from: /b\n    mask: truncate\n"
                              "    on_invalid: quarantine\n    v4: 24\n    v6: 48\n"));
  EXPECT_THAT(yaml, HasSubstr("mask: \"null\""));
  const Loaded again = Load(Text(yaml));
  EXPECT_THAT(Summaries(again), IsEmpty());
  EXPECT_EQ(ShowYaml(again.settings, false), yaml);
}

// Every way that a problem could carry a password to a terminal.
TEST(Load, NeverShowsASecret) {
  const std::vector<std::string> files = {
      "target: {postgres: {url: \"postgresql://me:hunter2@h/d\", table: t, x: 1}}\n",
      "target:\n  postgres:\n    urll: postgresql://me:hunter2@h/d\n",
      "target:\n  postgres:\n    url: [hunter2]\n",
      "target:\n  postgres:\n    url: *hunter2\n",
      "target:\n  postgres:\n    url: &hunter2 x\n",
      "target:\n  postgres:\n    url: ${hunter2 }\n",
      "target:\n  postgres:\n    password: hunter2\n",
      "target:\n  postgres:\n    url: \"hunter2 \\q\"\n",
      "target:\n  postgres:\n    table: ${S}\n    batch: {rows: \"${S}\"}\nlog: {level: \"${S}\"}\n"
      "pipeline: ${S}\ncolumns: {a: {from: \"${S}\", as: \"${S}\"}}\n",
  };
  for (const std::string& file : files) {
    Sources sources = Text(file);
    sources.environment["S"] = "hunter2;";
    const Loaded loaded = Load(sources);
    EXPECT_FALSE(loaded.ok()) << file;
    for (const Problem& p : loaded.problems) EXPECT_THAT(Format(p), Not(HasSubstr("hunter2")));
    EXPECT_THAT(ToJson(loaded.problems), Not(HasSubstr("hunter2")));
  }
}

TEST(Load, PlacesLaterProblemsWhereTheConfigSaysThem) {
  const Loaded loaded = Load(Good());
  EXPECT_EQ(loaded.At("E1", "a.b", "a.b: is odd").message, "is odd");
  EXPECT_EQ(loaded.At("E1", "a.b", "a.b is odd").message, "is odd");
  EXPECT_EQ(loaded.At("E1", "a.b", "a.bc is odd").message, "a.bc is odd");
  const Problem table = loaded.At(codes::kTable, "target.postgres.table", "is missing");
  EXPECT_EQ(table.line, 2);
  EXPECT_EQ(table.column, 28);
  const Problem recipient = loaded.At(codes::kNoRecipient, "quarantine.recipient", "none");
  EXPECT_EQ(recipient.file, "bauta.yaml");
  EXPECT_EQ(recipient.line, 0);
}

TEST(Codes, AreUniqueAndInOrder) {
  const auto less = [](const CodeInfo& a, const CodeInfo& b) { return a.code < b.code; };
  EXPECT_TRUE(std::is_sorted(kCodes.begin(), kCodes.end(), less));
  EXPECT_EQ(std::adjacent_find(kCodes.begin(), kCodes.end(), std::not_fn(less)), kCodes.end());
}

}  // namespace
}  // namespace bauta::config
