#include "vault/audit.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace bauta::vault {
namespace {

constexpr std::array<std::string_view, 2> kFunctions = {"audit_verify()", "anchor_head(text)"};
constexpr std::array<TableNeed, 3> kTables = {{{"audit"}, {"audit_head"}, {"anchor"}}};

// What ReadEntry reads.
#define BAUTA_AUDIT_COLUMNS                                                           \
  "seq, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), actor, " \
  "action, token, reason, prev_hash, hash"
constexpr const char* kChunk =
    "SELECT " BAUTA_AUDIT_COLUMNS " FROM pii.audit WHERE seq > $1 ORDER BY seq LIMIT 5000";
constexpr const char* kListed = "SELECT * FROM (SELECT " BAUTA_AUDIT_COLUMNS R"(
 FROM pii.audit a WHERE ($1::bigint IS NULL OR a.at >= to_timestamp($1 / 1000.0))
   AND ($2::bigint IS NULL OR a.at < to_timestamp($2 / 1000.0))
   AND ($3::text IS NULL OR a.actor = $3) AND ($4::text IS NULL OR a.action = $4)
 ORDER BY seq DESC LIMIT $5::bigint) AS newest ORDER BY seq)";
#undef BAUTA_AUDIT_COLUMNS

constexpr const char* kSnapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr std::uint32_t kInt8 = 20;

// What is no hash of ours equals none.
ChainHash ReadHash(const pg::Rows& rows, int row, int column) {
  const std::string bytes = rows.Bytes(row, column);
  ChainHash hash{};
  hash.fill(0xff);
  if (bytes.size() == hash.size()) std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

AuditEntry ReadEntry(const pg::Rows& rows, int row) {
  AuditEntry entry;
  entry.seq = rows.Int(row, 0);
  entry.at = rows.String(row, 1);
  entry.actor = rows.String(row, 2);
  entry.action = rows.String(row, 3);
  entry.token = rows.Optional(row, 4);
  entry.reason = rows.Optional(row, 5);
  entry.prev_hash = ReadHash(rows, row, 6);
  entry.hash = ReadHash(rows, row, 7);
  return entry;
}

// Of the database; the newest first.
Result<std::vector<Anchor>> ReadAnchors(pg::Connection& connection) {
  const pg::Rows rows = TRY(connection.Query("SELECT seq, hash FROM pii.anchor ORDER BY seq DESC"));
  std::vector<Anchor> anchors;
  for (int row = 0; row < rows.size(); ++row) {
    anchors.push_back({rows.Int(row, 0), ReadHash(rows, row, 1)});
  }
  return anchors;
}

Result<> AddAll(pg::Connection& connection, ChainCheck& check) {
  // From below all numbers: entries that were slipped in before the first are found too.
  std::int64_t after = std::numeric_limits<std::int64_t>::min();
  while (true) {
    const pg::Rows rows = TRY(connection.Exec(kChunk, pg::Params().Int64(after)));
    if (rows.size() == 0) return Ok();
    for (int row = 0; row < rows.size(); ++row) check.Add(ReadEntry(rows, row));
    after = rows.Int(rows.size() - 1, 0);
  }
}

// A head that is gone is one that fits no chain.
Result<Anchor> ReadHead(pg::Connection& connection) {
  const pg::Rows rows = TRY(connection.Query("SELECT seq, hash FROM pii.audit_head"));
  if (rows.size() != 1) return Anchor{-1, {}};
  return Anchor{rows.Int(0, 0), ReadHash(rows, 0, 1)};
}

Result<AuditReport> Verify(pg::Connection& connection, const std::vector<Anchor>& kept) {
  AuditReport report;
  ChainCheck check;
  const std::vector<Anchor> anchors = TRY(ReadAnchors(connection));
  for (const std::vector<Anchor>* const list : {&anchors, &kept}) {
    for (const Anchor& anchor : *list) {
      check.Expect(anchor);
      if (anchor.seq > report.newest_anchor.seq) report.newest_anchor = anchor;
    }
  }
  TRY(AddAll(connection, check));
  report.head = TRY(ReadHead(connection));
  check.End(report.head);
  report.entries = check.entries();
  report.last_at = check.last_at();
  report.anchors = static_cast<std::int64_t>(anchors.size());
  report.problems = check.problems();
  const pg::Rows theirs = TRY(connection.Query("SELECT seq, problem FROM pii.audit_verify()"));
  for (int row = 0; row < theirs.size(); ++row) {
    report.problems.insert({theirs.Int(row, 0), theirs.String(row, 1)});
  }
  return report;
}

}  // namespace

Result<> CheckAuditor(pg::Connection& connection) {
  return CheckAccess(connection, {"pii_auditor", kFunctions, kTables});
}

Result<> ListAudit(pg::Connection& connection, const AuditFilter& filter,
                   const std::function<void(const AuditEntry&)>& entry) {
  pg::Params params;
  for (const auto& number : {filter.since_ms, filter.until_ms}) {
    number ? params.Int64(*number) : params.Null(kInt8);
  }
  params.TextOrNull(filter.actor).TextOrNull(filter.action);
  filter.limit ? params.Int64(*filter.limit) : params.Null(kInt8);
  const pg::Rows rows = TRY(connection.Exec(kListed, params));
  for (int row = 0; row < rows.size(); ++row) entry(ReadEntry(rows, row));
  return Ok();
}

Result<AuditReport> VerifyAudit(pg::Connection& connection, const std::vector<Anchor>& kept) {
  TRY(connection.Query(kSnapshot));
  Result<AuditReport> report = Verify(connection, kept);
  (void)connection.Rollback();  // Nothing was written.
  return report;
}

Result<NewAnchor> AnchorAudit(pg::Connection& connection, const std::string& note) {
  TRY(connection.Query("BEGIN; SET LOCAL synchronous_commit = on"));
  const Result<pg::Rows> rows = connection.Exec(
      "SELECT seq, hash, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
      "FROM pii.anchor_head($1)",
      pg::Params().TextOrNull(note.empty() ? std::nullopt : std::optional(note)));
  if (!rows.ok()) {
    (void)connection.Rollback();
    return rows.error();
  }
  if (rows->size() != 1) return Fatal("pii.audit_head is empty: the audit has no end");
  NewAnchor made{{rows->Int(0, 0), ReadHash(*rows, 0, 1)}, rows->String(0, 2)};
  TRY(connection.Commit());
  return made;
}

}  // namespace bauta::vault
