#include "config/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace bauta::config {
namespace {

constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kDay = 24 * 60 * kMinute;
constexpr std::int64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB;

constexpr Option kOptions[] = {
    {.path = "pipeline",
     .type = Type::kName,
     .about = "Name of this queue-to-table pair in the ledger; default: the table's name"},
    {.path = "source", .type = Type::kSection, .about = "Where messages come from"},
    {.path = "source.sqs", .type = Type::kSection, .about = "An Amazon SQS queue"},
    {.path = "source.sqs.queue", .about = "Name or URL of the queue"},
    {.path = "source.sqs.region", .about = "Default: AWS_REGION, then the profile's"},
    {.path = "source.sqs.endpoint",
     .about = "Default: AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL, then the region's"},
    {.path = "source.sqs.unwrap",
     .type = Type::kChoice,
     .choices = "sns",
     .about = "sns: the event is the Message of the envelope that SNS puts around it"},
    {.path = "source.sqs.encoding",
     .type = Type::kChoice,
     .choices = "gzip+base64",
     .about = "gzip+base64: bodies are compressed"},
    {.path = "source.sqs.events",
     .about = "JSON Pointer to an array of events: /items; \"\" if the body is the array"},
    {.path = "source.sqs.max_in_flight",
     .type = Type::kSection,
     .about = "Bounds on what is received and not yet done"},
    {.path = "source.sqs.max_in_flight.messages",
     .type = Type::kWhole,
     .fallback = "20000",
     .min = 1,
     .max = 120'000,
     .about = "Messages held at most"},
    {.path = "source.sqs.max_in_flight.bytes",
     .type = Type::kBytes,
     .fallback = "256MiB",
     .min = kMiB,
     .max = 64 * kGiB,
     .about = "Bytes of bodies held at most"},
    {.path = "source.sqs.on_poison",
     .type = Type::kChoice,
     .fallback = "quarantine",
     .choices = "quarantine|block_group",
     .about = "block_group: what is refused holds up its group of a FIFO queue"},
    {.path = "target", .type = Type::kSection, .about = "Where rows go"},
    {.path = "target.postgres", .type = Type::kSection, .about = "A PostgreSQL table"},
    {.path = "target.postgres.url",
     .fallback = "${DATABASE_URL:-postgresql:///postgres}",
     .about = "libpq URL or keywords; PG* variables fill what it leaves out"},
    {.path = "target.postgres.table", .about = "Name of the table: table or schema.table"},
    {.path = "target.postgres.batch",
     .type = Type::kSection,
     .about = "A batch commits when the first of these is reached"},
    {.path = "target.postgres.batch.rows",
     .type = Type::kWhole,
     .fallback = "5000",
     .min = 1,
     .max = 100'000,
     .about = "Rows of a batch at most"},
    {.path = "target.postgres.batch.bytes",
     .type = Type::kBytes,
     .fallback = "4MiB",
     .min = kKiB,
     .max = kGiB,
     .about = "Bytes of bodies of a batch at most"},
    {.path = "target.postgres.batch.age",
     .type = Type::kDuration,
     .fallback = "200ms",
     .min = 1,
     .max = kMinute,
     .about = "How long a batch waits for more"},
    {.path = "target.exactly_once",
     .type = Type::kSection,
     .about = "What makes a message the same message"},
    {.path = "target.exactly_once.key",
     .type = Type::kChoice,
     .fallback = "message",
     .choices = "message|field:|attribute:",
     .about = "message: the time it was sent and its id; field:/path or attribute:Name: also the "
              "event's own id, which its producer gave it"},
    {.path = "target.exactly_once.retention",
     .type = Type::kDuration,
     .fallback = "35d",
     .min = 16 * kDay,
     .max = 45 * kDay,
     .about = "How long the ledger remembers a message; whole days"},
    {.path = "columns", .type = Type::kSection, .about = "Target columns and their origin"},
    {.path = "columns.*", .type = Type::kSection, .about = "One target column"},
    {.path = "columns.*.from",
     .about = "JSON Pointer into the event: /user/id; or attribute:Name, system:SenderId, body"},
    {.path = "columns.*.required",
     .type = Type::kBool,
     .fallback = "false",
     .about = "Quarantine the event if the field is absent, null or empty"},
    {.path = "columns.*.default", .about = "For absent and null: a literal, sent_at or now"},
    {.path = "columns.*.as",
     .type = Type::kChoice,
     .choices = "version|version-digits|epoch-seconds|epoch-millis|json",
     .about = "A reading that the column's type cannot tell"},
    {.path = "columns.*.mask",
     .type = Type::kChoice,
     .choices = "hmac-sha256|aes-siv|ipcrypt-deterministic|ipcrypt-pfx|legacy-sha256|truncate|"
                "keep_last|redact|null",
     .about = "What takes the place of the value: hmac-sha256 is a keyed token, aes-siv one that "
              "the key opens, ipcrypt-* other addresses"},
    {.path = "columns.*.canonical",
     .type = Type::kChoice,
     .fallback = "text",
     .choices = "text|ip|lower|digits|raw|ip-prefix/",
     .about =
         "The form that a value takes before it is masked; ip-prefix/24/64 leaves so many bits "
         "of an IPv4 and of an IPv6 address"},
    {.path = "columns.*.domain",
     .about = "Columns of one domain can be joined; default: the pointer's last word"},
    {.path = "columns.*.bits",
     .type = Type::kWhole,
     .fallback = "128",
     .min = 32,
     .max = 256,
     .about = "Length of the token; fewer than 128 need allow_collisions"},
    {.path = "columns.*.on_invalid",
     .type = Type::kChoice,
     .fallback = "quarantine",
     .choices = "quarantine|null|raw",
     .about = "When the canonical form refuses a value"},
    {.path = "columns.*.allow_collisions",
     .type = Type::kBool,
     .fallback = "false",
     .about = "Two values may come to share a token"},
    {.path = "columns.*.vault",
     .type = Type::kBool,
     .fallback = "false",
     .about = "hmac-sha256: the original is kept, sealed, for those who may reveal it"},
    {.path = "columns.*.suffix", .about = "legacy-sha256: text that is hashed behind the value"},
    {.path = "columns.*.i_understand_this_is_reversible",
     .type = Type::kBool,
     .fallback = "false",
     .about = "legacy-sha256: anybody finds the value by trying all there are"},
    {.path = "columns.*.v4",
     .type = Type::kWhole,
     .fallback = "24",
     .min = 1,
     .max = 31,
     .about = "truncate: bits of an IPv4 address that stay"},
    {.path = "columns.*.v6",
     .type = Type::kWhole,
     .fallback = "48",
     .min = 1,
     .max = 127,
     .about = "truncate: bits of an IPv6 address that stay"},
    {.path = "columns.*.n",
     .type = Type::kWhole,
     .fallback = "4",
     .min = 1,
     .max = 32,
     .about = "keep_last: letters and digits that stay"},
    {.path = "columns.*.on_leak",
     .type = Type::kChoice,
     .choices = "warn|quarantine|ignore",
     .about = "Of a column without a mask; default: on_leak"},
    {.path = "on_leak",
     .type = Type::kChoice,
     .fallback = "warn",
     .choices = "warn|quarantine|ignore",
     .about =
         "When a column that passes in clear holds what looks like personal data; warn looks at "
         "a sample"},
    {.path = "subject",
     .about = "The column that says whose an event is: what `bauta erase` takes a person by"},
    {.path = "unknown_fields",
     .type = Type::kChoice,
     .fallback = "ignore",
     .choices = "ignore|quarantine|column:",
     .about = "Fields of an event that no column reads; column:NAME puts them into a jsonb column"},
    {.path = "keys", .type = Type::kSection, .about = "Keys of the masks"},
    {.path = "keys.file",
     .fallback = "keyring.json",
     .about = "The key ring; relative to the config file's folder"},
    {.path = "keys.require_mlock",
     .type = Type::kBool,
     .fallback = "false",
     .about = "Refuse to run with keys that could be swapped out"},
    {.path = "vault", .type = Type::kSection, .about = "Sealed originals of tokens"},
    {.path = "vault.recipient",
     .type = Type::kName,
     .about = "Id of the recipient in the key ring that originals are sealed for"},
    {.path = "vault.url",
     .about = "A database of the vault's own: libpq URL or keywords; default: the target's"},
    {.path = "quarantine", .type = Type::kSection, .about = "Events that cannot become rows"},
    {.path = "quarantine.recipient",
     .type = Type::kName,
     .about = "Id of the recipient in the key ring that bodies are sealed for"},
    {.path = "quarantine.retention",
     .type = Type::kDuration,
     .fallback = "30d",
     .min = kDay,
     .max = 3650 * kDay,
     .about = "How long sealed bodies are kept; whole days"},
    {.path = "quarantine.stop_above",
     .type = Type::kShare,
     .fallback = "50%",
     .min = 0,
     .max = 100,
     .about = "Stop when more of the last 1,000 events than this are refused"},
    {.path = "workers",
     .type = Type::kWhole,
     .fallback = "2",
     .min = 1,
     .max = 64,
     .about = "Threads that receive, map, write and ack"},
    {.path = "shutdown", .type = Type::kSection, .about = "How a run ends"},
    {.path = "shutdown.grace",
     .type = Type::kDuration,
     .fallback = "25s",
     .min = kSecond,
     .max = 60 * kMinute,
     .about = "Time to drain after the first SIGTERM"},
    {.path = "log", .type = Type::kSection, .about = "Log lines on stderr"},
    {.path = "log.level",
     .type = Type::kChoice,
     .fallback = "info",
     .choices = "debug|info|warn|error|off",
     .about = "The least severe lines written"},
    {.path = "log.format",
     .type = Type::kChoice,
     .fallback = "auto",
     .choices = "auto|text|json",
     .about = "auto: text on a terminal, JSON elsewhere"},
};

bool OneOf(std::string_view word, std::string_view words) {
  const std::vector<std::string_view> list = Split(words, '|');
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

std::span<const Option> Options() { return kOptions; }

const Option* FindOption(std::string_view path) {
  for (const Option& option : kOptions) {
    if (option.path == path) return &option;
  }
  return nullptr;
}

std::string_view LastKey(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::vector<std::string_view> KeysOf(std::string_view section) {
  std::vector<std::string_view> keys;
  for (const Option& option : kOptions) {
    const std::string_view key = LastKey(option.path);
    const std::size_t above = option.path.size() - key.size();
    if (option.path.substr(0, above == 0 ? 0 : above - 1) == section) keys.push_back(key);
  }
  return keys;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool IsNotBuiltKey(std::string_view path) { return OneOf(path, "admin"); }

std::optional<std::int64_t> ParseWhole(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::optional<double> ParseShare(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  double percent = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(percent)) {
    return std::nullopt;
  }
  return percent / 100;
}

}  // namespace bauta::config
