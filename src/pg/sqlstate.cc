#include <algorithm>
#include <array>

#include "pg/connection.h"

namespace bauta::pg {

namespace {

struct Condition {
  std::string_view code, name;
};

constexpr Condition kConditions[] = {
    {"08P01", "protocol violation, or a failure of PgBouncer"},
    {"22001", "string too long"},
    {"22003", "number out of range"},
    {"22P03", "invalid binary representation"},
    {"22P04", "bad COPY format"},
    {"23502", "not-null violation"},
    {"23503", "foreign key violation"},
    {"23505", "unique violation"},
    {"23514", "check violation"},
    {"23P01", "exclusion violation"},
    {"25006", "read-only transaction"},
    {"28000", "invalid authorization"},
    {"28P01", "wrong password"},
    {"3D000", "no such database"},
    {"3F000", "no such schema"},
    {"40001", "serialization failure"},
    {"40P01", "deadlock"},
    {"42501", "insufficient privilege"},
    {"42703", "no such column"},
    {"42P01", "no such table"},
    {"53100", "disk full"},
    {"53300", "too many connections"},
    {"55P03", "lock not available"},
    {"57014", "statement cancelled or timed out"},
    {"57P01", "shut down by an administrator"},
    {"57P03", "server is starting up"},
    {"08", "connection failure"},
    {"0A", "feature not supported"},
    {"22", "data exception"},
    {"23", "integrity constraint violation"},
    {"40", "transaction rollback"},
    {"42", "syntax or access rule violation"},
    {"53", "insufficient resources"},
    {"57", "operator intervention"},
    {"P0", "raised by a function or trigger"},
};

}  // namespace

std::string_view ConditionName(std::string_view state) {
  for (const Condition& c : kConditions) {
    if (state.starts_with(c.code)) return c.name;
  }
  return "error";
}

ErrorCode Classify(std::string_view state) {
  // 25006: a read-only server, another host of the URL may do.  57: shutting down, starting up,
  // cancelled.  25P03: our idle_in_transaction_session_timeout.
  static constexpr std::array<std::string_view, 4> kRetryCodes = {"55P03", "25006", "25P03",
                                                                  "08P01"};
  static constexpr std::array<std::string_view, 4> kRetryClasses = {"08", "40", "53", "57"};
  // Changed tables, missing privileges, wrong names: a person mends them.
  static constexpr std::array<std::string_view, 4> kConfigClasses = {"28", "3D", "42", "3F"};
  static constexpr std::array<std::string_view, 3> kConfigCodes = {"0A000", "22P03", "22P04"};

  const std::string_view two = state.substr(0, 2);
  const auto in = [](const auto& list, std::string_view what) {
    return std::find(list.begin(), list.end(), what) != list.end();
  };
  if (state.empty() || in(kRetryCodes, state) || in(kRetryClasses, two)) {
    return ErrorCode::kRetryable;
  }
  if (in(kConfigCodes, state) || in(kConfigClasses, two)) return ErrorCode::kConfig;
  return ErrorCode::kFatal;
}

bool IsUnknown(std::string_view state) {
  // What we know not to pass: the data of rows, and what a trigger raised.
  static constexpr std::array<std::string_view, 5> kKnown = {"22", "23", "44", "54", "P0"};
  return !state.empty() && Classify(state) == ErrorCode::kFatal &&
         std::find(kKnown.begin(), kKnown.end(), state.substr(0, 2)) == kKnown.end();
}

bool NamesOurs(const Failure& f) {
  static constexpr std::array<std::string_view, 8> kTables = {
      "", "meta", "pipeline", "event_key", "batch", "quarantine", "key", "masked_column"};
  if (f.schema != "bauta") return f.schema == "pii";
  return f.table.starts_with("ledger") ||
         std::find(kTables.begin(), kTables.end(), f.table) != kTables.end();
}

bool IsPartitionMissing(const Failure& f) {
  return f.sqlstate == "23514" && f.constraint.empty() && !f.raised;
}

bool MayBlameRow(const Failure& f) {
  if (NamesOurs(f)) return false;
  if (f.sqlstate == "22P03" || f.sqlstate == "22P04") return false;
  if (IsPartitionMissing(f)) return false;
  return f.InClass("22") || f.InClass("23") || f.sqlstate == "44000" || f.sqlstate == "54000" ||
         f.sqlstate == "P0001" || f.sqlstate == "42501";
}

}  // namespace bauta::pg
