#include "config/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "config/codes.h"
#include "config/defaults.h"
#include "config/event_key.h"
#include "config/masks.h"
#include "config/overrides.h"
#include "config/reader.h"
#include "config/redact.h"
#include "config/yaml.h"

namespace bauta::config {
namespace {

constexpr std::string_view kUrl = "target.postgres.url";
constexpr std::string_view kVaultUrl = "vault.url";
constexpr std::int64_t kDayMs = 86'400'000;

std::string Relative(const std::string& path, const std::string& config_file) {
  const std::size_t slash = config_file.rfind('/');
  if (path.starts_with('/') || slash == std::string::npos) return path;
  return config_file.substr(0, slash + 1) + path;
}

class Loader {
 public:
  Loader(const Sources& sources, std::string_view text)
      : sources_(sources), reader_(sources, text) {}

  Loaded Run(const Node& root, std::vector<Problem> problems) {
    for (Problem& problem : problems) reader_.Add(std::move(problem));
    reader_.Walk(root);
    RequireKeys();
    FillSource();
    FillTarget();
    FillRest();
    MappingRules& mapping = loaded_.config.mapping;
    mapping.columns = ReadColumns(reader_);
    mapping.event_key = ReadEventKey(reader_, mapping.columns);
    RequireVaultRecipient();
    FillSubject(loaded_.config);
    Settings();
    loaded_.places = reader_.TakePlaces();
    loaded_.problems = std::move(reader_.problems());
    SortByPlace(loaded_.problems);
    return std::move(loaded_);
  }

 private:
  std::int64_t Whole(std::string_view path) { return ParseWhole(reader_.Text(path)).value_or(0); }
  std::chrono::milliseconds Duration(std::string_view path) {
    return ParseDuration(reader_.Text(path)).value_or(std::chrono::milliseconds(0));
  }
  int Days(std::string_view path) { return static_cast<int>(Duration(path).count() / kDayMs); }
  std::uint64_t Bytes(std::string_view path) { return ParseBytes(reader_.Text(path)).value_or(0); }
  std::optional<std::string> Maybe(std::string_view path) {
    if (!reader_.Has(path)) return std::nullopt;
    return reader_.Text(path);
  }

  void RequireKeys() {
    std::vector<std::string_view> missing;
    if (!reader_.Has("source.sqs.queue")) missing.emplace_back("source.sqs.queue");
    if (!reader_.Has("target.postgres.table")) missing.emplace_back("target.postgres.table");
    if (!reader_.has_column()) missing.emplace_back("columns");
    if (sources_.file.empty() && !missing.empty()) {
      reader_.Add(
          {.code = std::string(codes::kNoConfig),
           .message =
               fmt::format("no config file, and nothing else says {}", fmt::join(missing, ", ")),
           .hint = "'bauta config example > bauta.yaml' makes one to start from; -c FILE or "
                   "BAUTA_CONFIG names another"});
      return;
    }
    for (const std::string_view path : missing) {
      reader_.Report(codes::kMissing, path, "is missing",
                     "'bauta config example' shows where it stands");
    }
  }

  void FillSource() {
    auto& source = loaded_.config.source;
    source.queue = reader_.Text("source.sqs.queue");
    source.region = Maybe("source.sqs.region");
    source.endpoint = Maybe("source.sqs.endpoint");
    source.max_messages = static_cast<std::size_t>(Whole("source.sqs.max_in_flight.messages"));
    source.max_bytes = Bytes("source.sqs.max_in_flight.bytes");
    source.block_groups = reader_.Text("source.sqs.on_poison") == "block_group";
    if (source.block_groups && !source.queue.empty() && !source.queue.ends_with(".fifo")) {
      reader_.Report(codes::kContradiction, "source.sqs.on_poison",
                     "is block_group, and the queue has no groups: it is no FIFO queue",
                     "leave it out, or name a FIFO queue: its name ends with .fifo");
    }
    FillBody(loaded_.config.mapping.body);
  }

  void FillBody(BodyRules& body) {
    constexpr std::string_view kEvents = "source.sqs.events";
    body.sns = reader_.Text("source.sqs.unwrap") == "sns";
    body.gzip_base64 = reader_.Text("source.sqs.encoding") == "gzip+base64";
    body.events = Maybe(kEvents);
    if (!body.events || body.events->empty() || IsPointer(*body.events)) return;
    reader_.Report(codes::kBadPointer, kEvents, "is not a JSON Pointer",
                   "it begins with '/': /items; \"\" if the body itself is the array");
  }

  void FillTarget() {
    auto& target = loaded_.config.target;
    database_ = DefaultDatabase(sources_.environment);
    if (const Scalar* url = reader_.Find(kUrl); url != nullptr && url->valid) {
      database_ = {url->text, url->origin};
    }
    target.url = database_.url;
    target.table = reader_.Text("target.postgres.table");
    target.batch_rows = static_cast<std::size_t>(Whole("target.postgres.batch.rows"));
    target.batch_bytes = Bytes("target.postgres.batch.bytes");
    target.batch_age = Duration("target.postgres.batch.age");
    target.key_spec = reader_.Text("target.exactly_once.key");
    target.retention_days = Days("target.exactly_once.retention");
    const std::string name = TableName(target.table);
    if (name.empty() && !target.table.empty()) {
      reader_.Report(codes::kBadName, "target.postgres.table", "is not the name of a table",
                     "table or schema.table; parts in double quotes if they need them");
    }
    loaded_.config.pipeline =
        reader_.Has("pipeline") ? reader_.Text("pipeline") : std::string(name);
  }

  void FillRest() {
    Config& config = loaded_.config;
    config.file = sources_.file;
    config.keyring = Relative(reader_.Text("keys.file"), sources_.file);
    config.require_mlock = reader_.Text("keys.require_mlock") == "true";
    config.vault.recipient = reader_.Text("vault.recipient");
    config.vault.url = Maybe(kVaultUrl);
    config.quarantine.recipient = reader_.Text("quarantine.recipient");
    config.quarantine.retention_days = Days("quarantine.retention");
    config.quarantine.stop_above = ParseShare(reader_.Text("quarantine.stop_above")).value_or(0.5);
    config.workers = static_cast<int>(Whole("workers"));
    config.grace = Duration("shutdown.grace");
    config.log_level = log::ParseLevel(reader_.Text("log.level")).value_or(log::Level::kInfo);
    config.log_format = log::ParseFormat(reader_.Text("log.format")).value_or(log::Format::kAuto);
    FillUnknownFields(config.mapping);
  }

  void RequireVaultRecipient() {
    if (!loaded_.config.vault.recipient.empty() || reader_.Has("vault.recipient")) return;
    for (const ColumnRule& rule : loaded_.config.mapping.columns) {
      if (!rule.mask || !rule.mask->vault) continue;
      return reader_.Report(codes::kNoVaultRecipient, fmt::format("columns.{}.vault", rule.column),
                            "nobody is named who may open the vault",
                            "`bauta keys generate` makes a key ring with a recipient v1 and the "
                            "identity that opens its records; then set vault: {recipient: v1}");
    }
  }

  void FillSubject(Config& config) {
    config.subject = reader_.Text("subject");
    if (config.subject.empty()) return;
    const auto is_it = [&](const ColumnRule& rule) { return rule.column == config.subject; };
    const auto found = std::ranges::find_if(config.mapping.columns, is_it);
    if (found == config.mapping.columns.end()) {
      return reader_.Report(codes::kContradiction, "subject",
                            fmt::format("there is no column \"{}\" below columns", config.subject),
                            "name the column that says whose an event is: subject: user_id");
    }
    if (!found->mask) return;
    if (!IsToken(found->mask->mask) || found->mask->canonical == Canonical::kIpPrefix ||
        found->mask->bits < 128) {
      reader_.Report(
          codes::kContradiction, "subject",
          fmt::format("column \"{}\" is masked so that nobody is told apart by it", config.subject),
          "name a column without a mask, or with hmac-sha256 or aes-siv");
    } else if (HasMonth(found->mask->domain)) {
      reader_.Report(
          codes::kContradiction, "subject",
          fmt::format("a person has another token in column \"{}\" every month", config.subject),
          "name a column without a month in its domain");
    }
  }

  void FillUnknownFields(MappingRules& rules) {
    constexpr std::string_view kColumn = "column:";
    rules.on_leak = ParseOnLeak(reader_.Text("on_leak"));
    const std::string text = reader_.Text("unknown_fields");
    if (text == "quarantine") rules.unknown_fields = UnknownFields::kQuarantine;
    if (!text.starts_with(kColumn)) return;
    rules.unknown_fields = UnknownFields::kColumn;
    rules.rest_column = text.substr(kColumn.size());
  }

  void Settings() {
    for (const Option& option : Options()) {
      if (option.path == "columns") {
        for (const ColumnRule& rule : loaded_.config.mapping.columns) ColumnSettings(rule);
      } else if (option.type != Type::kSection && !option.path.starts_with("columns.")) {
        AddSetting(option, std::string(option.path), Split(option.path, '.'), true);
      }
    }
  }

  void ColumnSettings(const ColumnRule& rule) {
    for (const Option& option : Options()) {
      if (!option.path.starts_with("columns.*.")) continue;
      const std::string_view key = LastKey(option.path);
      const bool of_mask = rule.mask && std::ranges::count(OptionsOf(rule.mask->mask), key) != 0;
      AddSetting(option, Path(rule, key), {"columns", rule.column, key},
                 of_mask && option.type != Type::kBool);
      if (key == "domain" && of_mask && !reader_.Has(Path(rule, key))) {
        loaded_.settings.push_back(
            {{"columns", rule.column, "domain"}, Type::kText, rule.mask->domain, "default"});
      }
    }
  }
  static std::string Path(const ColumnRule& rule, std::string_view key) {
    return fmt::format("columns.{}.{}", rule.column, key);
  }

  void AddSetting(const Option& option, const std::string& path,
                  const std::vector<std::string_view>& parts, bool show_default) {
    Setting setting{{parts.begin(), parts.end()}, option.type, "", "default"};
    const Scalar* const scalar = reader_.Find(path);
    if (path == kUrl) {
      setting.value = RedactUrl(database_.url);
      setting.origin = database_.origin;
    } else if (path == kVaultUrl && scalar != nullptr && scalar->valid) {
      setting.value = RedactUrl(scalar->text);
      setting.origin = scalar->origin;
    } else if (scalar != nullptr && scalar->valid) {
      // A suffix may have been meant as a secret.
      setting.value = scalar->secret || path.ends_with(".suffix") ? "***" : scalar->text;
      setting.origin = scalar->origin;
    } else if (path == "pipeline") {
      setting.value = loaded_.config.pipeline;
    } else if (path == "source.sqs.region" || path == "source.sqs.endpoint") {
      FromAws(setting);
    } else if (show_default) {
      setting.value = option.fallback;
    }
    if (!setting.value.empty() || (scalar != nullptr && scalar->valid)) {
      loaded_.settings.push_back(std::move(setting));
    }
  }

  void FromAws(Setting& setting) const {
    const bool region = setting.path.back() == "region";
    for (const char* name : {region ? "AWS_REGION" : "AWS_ENDPOINT_URL_SQS",
                             region ? "AWS_DEFAULT_REGION" : "AWS_ENDPOINT_URL"}) {
      setting.value = ValueOf(sources_.environment, name);
      setting.origin = name;
      if (!setting.value.empty()) return;
    }
  }

  const Sources& sources_;
  Reader reader_;
  Loaded loaded_;
  Database database_;
};

Loaded OnlyProblem(Problem problem) {
  Loaded loaded;
  loaded.problems.push_back(std::move(problem));
  return loaded;
}

}  // namespace

Result<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return ConfigError(std::generic_category().message(errno));
  std::string text(kMaxYamlBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) return ConfigError("it cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxYamlBytes) return ConfigError("it is longer than 1 MiB");
  return text;
}

Loaded Load(const Sources& sources) {
  std::string text = sources.text.value_or("");
  if (!sources.text && !sources.file.empty()) {
    Result<std::string> read = ReadSmallFile(sources.file);
    if (!read.ok()) {
      return OnlyProblem({.code = std::string(codes::kUnreadable),
                          .file = sources.file,
                          .message = "cannot read it: " + read.error().message,
                          .hint = "'bauta config example > bauta.yaml' makes one to start from"});
    }
    text = std::move(read).value();
  }
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  std::variant<Node, YamlFault> parsed = ParseYaml(text);
  if (const auto* fault = std::get_if<YamlFault>(&parsed)) {
    Problem problem{.code = std::string(codes::kNotYaml),
                    .file = sources.file,
                    .line = fault->place.line,
                    .column = fault->place.column,
                    .message = fault->message,
                    .hint = fault->hint};
    const std::string_view line = LineOf(text, problem.line);
    if (IsValidUtf8(text) && !MayHoldSecret(line)) problem.source_line = std::string(line);
    return OnlyProblem(std::move(problem));
  }
  Node root = std::get<Node>(std::move(parsed));
  std::vector<Problem> problems = ApplyOverrides(root, sources);
  return Loader(sources, text).Run(root, std::move(problems));
}

}  // namespace bauta::config
