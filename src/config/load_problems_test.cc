// Each mistake in a config, at its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "config/codes.h"
#include "fakes/config_text.h"

namespace bauta::config {
namespace {

using fakes::Good;
using fakes::Summaries;
using fakes::Text;
using ::testing::HasSubstr;

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
    {"later section", "admin: {listen: ''}\n", codes::kNotBuilt, 5, 1, "", "not in this version"},
    {"vault without a mask", "  b: {from: /b, vault: true}\n", codes::kNeedsMask, 5, 24,
     "columns.b.vault", "needs a mask"},
    {"vault of another mask", "  b: {from: /b, mask: redact, vault: true}\n", codes::kNeedsMask, 5,
     38, "columns.b.vault", "does nothing under mask: redact"},
    {"vault for nobody", "  b: {from: /b, mask: hmac-sha256, vault: true}\n",
     codes::kNoVaultRecipient, 5, 43, "columns.b.vault", "nobody is named"},
    {"vault of a network",
     "  b: {from: /b, mask: hmac-sha256, canonical: ip-prefix/24/64, vault: true}\n"
     "vault: {recipient: v1}\n",
     codes::kContradiction, 5, 71, "columns.b.vault",
     "vault: true belongs to the column with canonical: ip"},
    {"vault of few bits",
     "  b: {from: /b, mask: hmac-sha256, bits: 64, allow_collisions: true, vault: true}\n"
     "vault: {recipient: v1}\n",
     codes::kContradiction, 5, 42, "columns.b.bits", "a vault holds one"},
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
    {"bits of aes-siv", "  b: {from: /b, mask: aes-siv, bits: 256}\n", codes::kNeedsMask, 5, 38,
     "columns.b.bits", "there is: canonical, domain, on_invalid"},
    {"text under ipcrypt", "  b: {from: /b, mask: ipcrypt-pfx, canonical: text}\n",
     codes::kContradiction, 5, 47, "columns.b.canonical", "ipcrypt-pfx makes addresses"},
    {"raw under ipcrypt", "  b: {from: /b, mask: ipcrypt-deterministic, on_invalid: raw}\n",
     codes::kContradiction, 5, 58, "columns.b.on_invalid", "which ipcrypt-deterministic does not"},
    {"bare prefix", "  b: {from: /b, mask: hmac-sha256, canonical: ip-prefix}\n",
     codes::kNotAChoice, 5, 47, "columns.b.canonical", "did you mean \"ip-prefix/24/64\"?"},
    {"half a prefix", "  b: {from: /b, mask: hmac-sha256, canonical: ip-prefix/24}\n",
     codes::kNotAChoice, 5, 47, "columns.b.canonical", "how many bits"},
    {"no prefix", "  b: {from: /b, mask: hmac-sha256, canonical: ip-prefix/0/64}\n",
     codes::kNotAChoice, 5, 47, "columns.b.canonical", "1 to 32 of an IPv4 address"},
    {"long prefix", "  b: {from: /b, mask: aes-siv, canonical: ip-prefix/24/129}\n",
     codes::kNotAChoice, 5, 43, "columns.b.canonical", "1 to 128 of an IPv6 one"},
    {"three prefixes", "  b: {from: /b, mask: aes-siv, canonical: ip-prefix/24/64/8}\n",
     codes::kNotAChoice, 5, 43, "columns.b.canonical", "how many bits"},
    {"no number", "  b: {from: /b, mask: aes-siv, canonical: ip-prefix/a/64}\n", codes::kNotAChoice,
     5, 43, "columns.b.canonical", "how many bits"},
    {"prefix of truncate", "  b: {from: /b, mask: truncate, canonical: ip-prefix/24/64}\n",
     codes::kNeedsMask, 5, 44, "columns.b.canonical", "there is: on_invalid, v4, v6"},
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

}  // namespace
}  // namespace bauta::config
