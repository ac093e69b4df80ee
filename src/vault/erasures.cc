#include "vault/erasures.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace bauta::vault {
namespace {

// By the catalog: who may not use the schema cannot name what is in it.
constexpr const char* kMayRead =
    "SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND "
    "has_table_privilege(g.oid, 'SELECT') FROM pg_catalog.pg_namespace n "
    "JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'erased' "
    "JOIN pg_catalog.pg_class g ON g.relnamespace = n.oid AND g.relname = 'generation' "
    "WHERE n.nspname = 'pii'";
// Rounded up: what was sent in the same millisecond was sent before.
constexpr const char* kLatest =
    "SELECT ceil(extract(epoch FROM max(erased_at)) * 1000)::bigint FROM pii.erased";
constexpr const char* kFind =
    "SELECT e.token_or_subject, ceil(extract(epoch FROM e.erased_at) * 1000)::bigint "
    "FROM pii.erased e WHERE e.token_or_subject = ANY ($1)";

bool IsToken(std::string_view text) { return text.starts_with("h1:") || text.starts_with("s1:"); }

}  // namespace

void TokensOfEvents::Add(std::uint32_t event, std::int64_t sent_ms, std::string_view subject,
                         const Row& row) {
  if (!subject.empty()) all_.push_back({event, sent_ms, subject});
  for (const Value& value : row.values()) {
    const bool text = value.kind == Value::Kind::kText;
    if (text && IsToken(value.text)) all_.push_back({event, sent_ms, value.text});
  }
}

Result<std::optional<Erasures>> Erasures::Open(pg::Connection& connection,
                                               const std::optional<pg::ConnectOptions>& apart) {
  Erasures erasures;
  erasures.apart_ = apart;
  pg::Connection* const list = TRY(erasures.ListIn(connection));
  const pg::Rows rows = TRY(list->Query(kMayRead));
  if (rows.size() == 0) return std::optional<Erasures>();
  if (rows.Bool(0, 0)) return std::optional(std::move(erasures));
  return ConfigError(
      fmt::format(
          "user {} may not read in schema pii what was erased, and must not be loaded again",
          list->user()),
      fmt::format(
          "let its owner say: GRANT USAGE ON SCHEMA pii TO {0}; GRANT SELECT ON pii.erased, "
          "pii.generation TO {0};",
          pg::QuoteName(list->user())));
}

// A new one may be to a server that was restored: what is known is asked for again.
Result<pg::Connection*> Erasures::Own() {
  if (own_ && own_->Rollback()) return &*own_;
  own_.reset();
  Forget();
  Result<pg::Connection> opened = pg::Connection::Open(*apart_);
  if (!opened.ok()) return Explain(opened.error());
  own_.emplace(std::move(opened).value());
  return &*own_;
}

Result<pg::Connection*> Erasures::ListIn(pg::Connection& connection) {
  if (apart_) return Own();
  return &connection;
}

Result<> Erasures::Prepare() {
  if (apart_) TRY(Own());
  return Ok();
}

Error Erasures::Explain(Error error) const {
  if (apart_) error.message = "the vault's database: " + error.message;
  return error;
}

Result<std::int64_t> Erasures::ReadGeneration() {
  pg::Connection* const list = TRY(Own());
  const Result<pg::Rows> rows = list->Query("SELECT n FROM pii.generation");
  if (!rows.ok()) return Explain(rows.error());
  if (rows->size() == 1) return rows->Int(0, 0);
  return ConfigError("pii.generation is empty", "run `bauta init`");
}

Result<> Erasures::Read(pg::Connection& connection, std::int64_t generation) {
  if (IsOf(generation)) return Ok();
  pg::Connection* const list = TRY(ListIn(connection));
  const Result<pg::Rows> rows = list->Query(kLatest);
  if (!rows.ok()) return Explain(rows.error());
  latest_ms_ = rows->IsNull(0, 0) ? std::numeric_limits<std::int64_t>::min() : rows->Int(0, 0);
  generation_ = generation;
  return Ok();
}

Result<std::vector<std::uint32_t>> Erasures::Find(pg::Connection& connection,
                                                  const TokensOfEvents& tokens) {
  std::vector<std::string_view> distinct;
  for (const TokensOfEvents::Sent& sent : tokens.all_) {
    if (MayConcern(sent.ms)) distinct.push_back(sent.token);
  }
  if (distinct.empty()) return std::vector<std::uint32_t>();
  std::ranges::sort(distinct);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  const std::vector<std::optional<std::string_view>> asked(distinct.begin(), distinct.end());
  pg::Connection* const list = TRY(ListIn(connection));
  const Result<pg::Rows> rows = list->Exec(kFind, pg::Params().Texts(asked));
  if (!rows.ok()) return Explain(rows.error());
  std::map<std::string_view, std::int64_t> erased_ms;
  for (int i = 0; i < rows->size(); ++i) erased_ms[rows->Text(i, 0)] = rows->Int(i, 1);
  std::vector<std::uint32_t> events;
  for (const TokensOfEvents::Sent& sent : tokens.all_) {
    const auto found = erased_ms.find(sent.token);
    if (found == erased_ms.end() || sent.ms > found->second) continue;
    events.push_back(sent.event);
  }
  std::ranges::sort(events);
  events.erase(std::unique(events.begin(), events.end()), events.end());
  return events;
}

}  // namespace bauta::vault
