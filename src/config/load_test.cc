#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "config/codes.h"
#include "config/print.h"

namespace bauta::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kGood =
    "source: {sqs: {queue: logins}}\n"
    "target: {postgres: {table: user_logins}}\n"
    "columns:\n"
    "  ip: {from: /user/ip, mask: hmac-sha256}\n";

Sources Text(std::string text) {
  Sources sources;
  sources.file = "bauta.yaml";
  sources.text = std::move(text);
  sources.read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "/run/secrets/table") return std::string("from_file\n");
    return ConfigError("No such file or directory");
  };
  return sources;
}

Sources Good(std::string_view more = "") { return Text(std::string(kGood) + std::string(more)); }

std::vector<std::string> Summaries(const Loaded& loaded) {
  std::vector<std::string> lines;
  for (const Problem& p : loaded.problems) {
    lines.push_back(p.code + "@" + std::to_string(p.line) + ":" + std::to_string(p.column));
  }
  return lines;
}

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

struct PlacedCase {
  const char* what;
  std::string yaml;  // After kGood, from line 5 on, unless it is a whole file.
  std::string_view code;
  int line, column;
  const char* path;
  const char* says;
  bool whole = false;
};

void PrintTo(const PlacedCase& c, std::ostream* out) { *out << c.what; }

class LoadProblem : public ::testing::TestWithParam<PlacedCase> {};

TEST_P(LoadProblem, IsTheOnlyOneAtItsPlace) {
  const PlacedCase& c = GetParam();
  const Loaded loaded = Load(c.whole ? Text(c.yaml) : Good(c.yaml));
  ASSERT_EQ(loaded.problems.size(), 1u) << testing::PrintToString(Summaries(loaded));
  const Problem& p = loaded.problems[0];
  EXPECT_EQ(p.code, c.code);
  EXPECT_EQ(p.line, c.line);
  EXPECT_EQ(p.column, c.column);
  EXPECT_EQ(p.path, c.path);
  EXPECT_THAT(p.message + "|" + p.hint, HasSubstr(c.says));
  EXPECT_EQ(loaded.ok(), c.code[0] == 'W');
}

const PlacedCase kPlaced[] = {
    {"syntax", "a: [1\n", codes::kNotYaml, 2, 1, "", "flow", true},
    {"not a map", "- 1\n", codes::kNotYaml, 1, 1, "", "not a map", true},
    {"anchor", "keys: &a {file: x}\n", codes::kNotYaml, 5, 7, "", "anchors"},
    {"alias", "keys: *a\n", codes::kNotYaml, 5, 7, "", "anchor"},
    {"two documents", "---\na: 1\n", codes::kNotYaml, 5, 1, "", "second document"},
    {"control character", "workers: 2\x01\n", codes::kNotYaml, 5, 11, "", "control"},
    {"NUL", std::string("workers: 2\0\n", 12), codes::kNotYaml, 5, 11, "", "control"},
    {"key that is a list", "[a]: 2\n", codes::kNotYaml, 5, 1, "", "key"},
    {"too deep", "x: " + std::string(40, '[') + std::string(40, ']'), codes::kNotYaml, 5, 19, "",
     "deep"},
    {"missing queue", "source: {sqs: {}}\ntarget: {postgres: {table: t}}\ncolumns: {a: {from: /a}}",
     codes::kMissing, 1, 10, "source.sqs.queue", "missing", true},
    {"missing table",
     "source: {sqs: {queue: q}}\ntarget:\n  postgres:\n    batch: {rows: 1}\n"
     "columns: {a: {from: /a}}",
     codes::kMissing, 3, 3, "target.postgres.table", "missing", true},
    {"no columns", "source: {sqs: {queue: q}}\ntarget: {postgres: {table: t}}\ncolumns:\n",
     codes::kMissing, 3, 1, "columns", "missing", true},
    {"duplicate key", "workers: 2\nworkers: 3\n", codes::kDuplicate, 6, 1, "",
     "twice; first in line 5"},
    {"duplicate column", "  ip: {from: /b}\n", codes::kDuplicate, 5, 3, "columns", "line 4"},
    {"unknown key", "  b: {from: /b, msak: hmac-sha256}\n", codes::kUnknownKey, 5, 17, "columns.b",
     "unknown key \"msak\"; did you mean \"mask\"?"},
    {"unknown key at the root", "wrokers: 1\n", codes::kUnknownKey, 5, 1, "", "\"workers\""},
    {"nothing like it", "log: {xyzzy: 1}\n", codes::kUnknownKey, 5, 7, "log",
     "keys here: level, format"},
    {"star", "\"*\": 1\n", codes::kUnknownKey, 5, 1, "", "unknown"},
    {"later section", "vault: {recipient: v1}\n", codes::kNotBuilt, 5, 1, "",
     "not in this version"},
    {"later column key", "  b: {from: /b, vault: true}\n", codes::kNotBuilt, 5, 17, "columns.b",
     "not in this version"},
    {"later mask", "  b: {from: /b, mask: aes-siv}\n", codes::kNotBuilt, 5, 23, "columns.b.mask",
     "aes-siv"},
    {"later canonical", "  b: {from: /b, mask: hmac-sha256, canonical: ip-prefix/24/64}\n",
     codes::kNotBuilt, 5, 47, "columns.b.canonical", "ip-prefix"},
    {"no attribute", "  b: {from: 'attribute:'}\n", codes::kBadPointer, 5, 13, "columns.b.from",
     "names no message attribute"},
    {"slash in an attribute", "  b: {from: 'attribute:a/b'}\n", codes::kBadPointer, 5, 13,
     "columns.b.from", "names no message attribute"},
    {"unknown system attribute", "  b: {from: 'system:SendTimestamp'}\n", codes::kBadPointer, 5, 13,
     "columns.b.from", "did you mean \"system:SentTimestamp\"?"},
    {"nothing like a system attribute", "  b: {from: 'system:x'}\n", codes::kBadPointer, 5, 13,
     "columns.b.from", "one of: MessageId, SentTimestamp"},
    {"attribute without its name's case", "  b: {from: 'attribute:Ip', mask: hmac-sha256}\n",
     codes::kBadDomain, 5, 3, "columns.b", "domain: NAME"},
    {"body beside a mask", "  b: {from: body}\n", codes::kContradiction, 5, 13, "columns.b.from",
     "in clear what columns.ip masks"},
    {"unknown_fields without a column", "unknown_fields: 'column:'\n", codes::kNotAChoice, 5, 17,
     "unknown_fields", "column:"},
    {"scalar for a section", "log: info\n", codes::kWrongType, 5, 6, "log", "map of keys"},
    {"scalar for a column", "  b: /b\n", codes::kWrongType, 5, 6, "columns.b", "from:"},
    {"map for a scalar", "workers: {a: 1}\n", codes::kWrongType, 5, 10, "workers", "whole number"},
    {"list for a scalar", "workers: [1]\n", codes::kWrongType, 5, 10, "workers", "whole number"},
    {"nothing for a scalar", "workers:\n", codes::kWrongType, 5, 1, "workers", "no value"},
    {"text for a number", "workers: two\n", codes::kWrongType, 5, 10, "workers", "whole number"},
    {"fraction", "workers: 2.5\n", codes::kWrongType, 5, 10, "workers", "whole number"},
    {"text for a bool", "keys: {require_mlock: yes}\n", codes::kWrongType, 5, 23,
     "keys.require_mlock", "true or false"},
    {"not a choice", "log: {level: wran}\n", codes::kNotAChoice, 5, 14, "log.level",
     "did you mean \"warn\"?"},
    {"too many workers", "workers: 65\n", codes::kOutOfRange, 5, 10, "workers", "1 to 64"},
    {"no workers", "workers: 0\n", codes::kOutOfRange, 5, 10, "workers", "1 to 64"},
    {"short grace", "shutdown: {grace: 10ms}\n", codes::kOutOfRange, 5, 19, "shutdown.grace",
     "1s to 60m"},
    {"part of a day", "quarantine: {retention: 36h}\n", codes::kOutOfRange, 5, 25,
     "quarantine.retention", "whole days"},
    {"duration without unit", "shutdown: {grace: 25}\n", codes::kBadQuantity, 5, 19,
     "shutdown.grace", "25s"},
    {"share without percent", "quarantine: {stop_above: 0.5}\n", codes::kBadQuantity, 5, 26,
     "quarantine.stop_above", "50%"},
    {"share over all", "quarantine: {stop_above: 101%}\n", codes::kOutOfRange, 5, 26,
     "quarantine.stop_above", "0% to 100%"},
    {"bad pipeline", "pipeline: a b\n", codes::kBadName, 5, 11, "pipeline", "name"},
    {"undefined", "workers: ${NOPE}\n", codes::kUndefined, 5, 10, "workers", "${NOPE} is not set"},
    {"asked for", "workers: \"${NOPE:?say how many}\"\n", codes::kUndefined, 5, 10, "workers",
     "say how many"},
    {"open brace", "workers: ${NOPE\n", codes::kBadInterpolation, 5, 10, "workers", "without"},
    {"bad expression", "workers: ${NO PE}\n", codes::kBadInterpolation, 5, 10, "workers", "NAME"},
    {"missing secret", "workers: ${file:/nope}\n", codes::kSecretFile, 5, 10, "workers", "/nope"},
    {"comes from nowhere", "  b: {required: true}\n", codes::kNoOrigin, 5, 3, "columns.b",
     "from: /b"},
    {"empty column", "  b:\n", codes::kNoOrigin, 5, 3, "columns.b", "from"},
    {"no slash", "  b: {from: b}\n", codes::kBadPointer, 5, 13, "columns.b.from", "'/'"},
    {"bad tilde", "  b: {from: /b~2}\n", codes::kBadPointer, 5, 13, "columns.b.from", "~0"},
    {"canonical without mask", "  b: {from: /b, canonical: ip}\n", codes::kNeedsMask, 5, 28,
     "columns.b.canonical", "mask"},
    {"few bits", "  b: {from: /b, mask: hmac-sha256, bits: 64}\n", codes::kFewBits, 5, 42,
     "columns.b.bits", "allow_collisions"},
    {"odd bits", "  b: {from: /b, mask: hmac-sha256, bits: 130}\n", codes::kOutOfRange, 5, 42,
     "columns.b.bits", "multiple of 8"},
    {"no word", "  b: {from: /0, mask: hmac-sha256}\n", codes::kBadDomain, 5, 3, "columns.b",
     "domain: NAME"},
    {"upper case word", "  b: {from: /IP, mask: hmac-sha256}\n", codes::kBadDomain, 5, 3,
     "columns.b", "domain: NAME"},
    {"bad month", "  b: {from: /b, mask: hmac-sha256, domain: \"b@{yyyy}\"}\n", codes::kBadDomain,
     5, 44, "columns.b.domain", "{yyyy-mm}"},
    {"bad domain", "  b: {from: /b, mask: hmac-sha256, domain: A B}\n", codes::kBadDomain, 5, 44,
     "columns.b.domain", "a-z"},
    {"as with mask", "  b: {from: /b, mask: hmac-sha256, as: version}\n", codes::kContradiction, 5,
     40, "columns.b.as", "does nothing"},
    {"masked time", "  b: {from: /b, mask: hmac-sha256, default: now}\n", codes::kContradiction, 5,
     45, "columns.b.default", "time"},
    {"masked constant", "  b: {default: x, mask: hmac-sha256, domain: b}\n", codes::kContradiction,
     5, 3, "columns.b", "constant"},
    {"n without mask", "  b: {from: /b, n: 4}\n", codes::kNeedsMask, 5, 20, "columns.b.n",
     "add mask: keep_last"},
    {"bits of another mask", "  b: {from: /b, mask: truncate, bits: 64}\n", codes::kNeedsMask, 5,
     39, "columns.b.bits", "there is: on_invalid, v4, v6"},
    {"domain under redact", "  b: {from: /b, mask: redact, domain: x}\n", codes::kNeedsMask, 5, 39,
     "columns.b.domain", "does nothing under mask: redact"},
    {"whole address", "  b: {from: /b, mask: truncate, v4: 32}\n", codes::kOutOfRange, 5, 37,
     "columns.b.v4", "1 to 31"},
    {"nothing left", "  b: {from: /b, mask: keep_last, n: 0}\n", codes::kOutOfRange, 5, 37,
     "columns.b.n", "1 to 32"},
    {"raw without a key", "  b: {from: /b, mask: truncate, on_invalid: raw}\n",
     codes::kContradiction, 5, 45, "columns.b.on_invalid", "quarantine or null"},
    {"default under null", "  b: {from: /b, mask: null, default: x}\n", codes::kContradiction, 5,
     38, "columns.b.default", "leaves NULL"},
    {"legacy unconfirmed", "  b: {from: /b, mask: legacy-sha256}\n", codes::kUnconfirmed, 5, 23,
     "columns.b.mask", "i_understand_this_is_reversible: true"},
    {"legacy denied",
     "  b: {from: /b, mask: legacy-sha256, i_understand_this_is_reversible: false}\n",
     codes::kUnconfirmed, 5, 71, "columns.b.i_understand_this_is_reversible", "9 minutes"},
    {"legacy", "  b: {from: /b, mask: legacy-sha256, i_understand_this_is_reversible: true}\n",
     codes::kReversible, 5, 23, "columns.b.mask", "9 minutes"},
    {"required with default", "  b: {from: /b, required: true, default: 1}\n",
     codes::kRequiredWithDefault, 5, 27, "columns.b.required", "default"},
    {"lossy", "  b: {from: /b, as: version-digits}\n", codes::kLossy, 5, 21, "columns.b.as",
     "2.30"},
    {"after an umlaut", "  b: {default: \"\xc3\xa4\", fro: 1}\n", codes::kUnknownKey, 5, 21,
     "columns.b", "\"from\""},
    {"carriage returns", "workers: 2\r\nlog: {levle: info}\r\n", codes::kUnknownKey, 6, 7, "log",
     "\"level\""},
};

INSTANTIATE_TEST_SUITE_P(Table, LoadProblem, ::testing::ValuesIn(kPlaced));

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
