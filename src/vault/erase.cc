#include "vault/erase.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "vault/access.h"
#include "vault/person_rows.h"
#include "vault/references.h"

namespace bauta::vault {
namespace {

constexpr std::size_t kRowsAtOnce = 5000;
constexpr int kPasses = 20;

constexpr std::array<std::string_view, 1> kFunctions = {"erase(text, text, text)"};
constexpr const char* kMarkPerson = "SELECT pii.erase(NULL, $2, t) FROM unnest($1) AS t";
constexpr const char* kMarkValue = "SELECT pii.erase(t, $2) FROM unnest($1) AS t";
// Under a mark that is there already: what the person had is nobody's business but the vault's.
constexpr const char* kForget =
    "SELECT coalesce(sum(pii.erase(t, $2, $3)), 0)::bigint FROM unnest($1) AS t";
constexpr const char* kInVault =
    "SELECT token FROM pii.vault WHERE token IN (SELECT unnest($1)) ORDER BY token";
constexpr const char* kSealed =
    "SELECT count(*), to_char((max(q.at) AT TIME ZONE 'UTC') + (SELECT quarantine_days FROM "
    "bauta.meta) * interval '1d' + interval '1d', 'YYYY-MM-DD') FROM bauta.quarantine q "
    "WHERE q.state = 'held'";

using Texts = std::vector<std::optional<std::string_view>>;
using Column = EraseOrder::Column;

Texts Views(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

std::string Cast(const std::string& parameter, const std::string& type) {
  return type.empty() ? parameter : fmt::format("{0}::text[]::{1}[]", parameter, type);
}

// One order's statements.
class Eraser {
 public:
  Eraser(const ErasePlaces& places, const EraseOrder& order) : places_(places), order_(order) {}

  Result<> ReadReferences() {
    references_ = TRY(References::Read(places_.rows));
    return Ok();
  }

  Result<EraseCounts> Run(const std::function<void(const EraseCounts&)>& progress) {
    TRY(TryErasing(places_, [this] { return Mark(); }));
    for (int pass = 0; pass < kPasses; ++pass) {
      const std::vector<std::string> rows = TRY(FindRows());
      if (rows.empty()) {
        counts_.shared = shared_.size();
        return counts_;
      }
      for (std::size_t at = 0; at < rows.size(); at += kRowsAtOnce) {
        const auto from = rows.begin() + static_cast<std::ptrdiff_t>(at);
        const std::size_t size = std::min(kRowsAtOnce, rows.size() - at);
        const std::vector<std::string> some(from, from + static_cast<std::ptrdiff_t>(size));
        TRY(TryErasing(places_, [&] { return TakeRows(some); }));
        if (progress) progress(counts_);
      }
    }
    return Fatal("rows come faster than they can be erased",
                 "stop the runs that write them, and erase again");
  }

  Result<EraseCounts> Preview() {
    const std::string meant = Meant(1), also = Meant(2);
    const pg::Rows rows = TRY(InRows(
        fmt::format("SELECT count(*) FROM {} WHERE {}", order_.table, meant), Bind(pg::Params())));
    counts_.rows = static_cast<std::uint64_t>(rows.Int(0, 0));
    std::vector<std::string> tokens =
        TRY(Column0(InRows(fmt::format("SELECT DISTINCT t FROM ({}) AS x (t) WHERE t IS NOT NULL",
                                       SelectTokens(meant)),
                           Bind(pg::Params()))));
    const std::vector<std::string> always = TRY(OfValueInVault());
    counts_.originals = always.size();
    std::erase_if(tokens, [&](const std::string& t) { return std::ranges::count(always, t) > 0; });
    const References::But but{order_.table, also,
                              [this](pg::Params& p) { p = Bind(std::move(p)); }};
    const Fates fates = TRY(references_.Sort(places_, tokens, &but));
    counts_.originals += TRY(InVault(fates.forgotten)).size();
    counts_.shared = TRY(InVault(fates.kept)).size();
    return counts_;
  }

 private:
  bool IsValue() const { return order_.subject_column.empty(); }

  // The rows that are meant, of whose parameters $`first` is the first.
  std::string Meant(int first) const {
    if (!IsValue()) return IsPersons(order_, first);
    return Any(first, [](const Column&) { return true; });
  }

  // That the value stands in one of the columns that `is` takes.
  template <typename Is>
  std::string Any(int first, const Is& is) const {
    std::vector<std::string> any;
    for (const Column& column : order_.columns) {
      if (column.values.empty()) continue;
      const std::string parameter = fmt::format("${}", first++);
      if (!is(column)) continue;
      any.push_back(fmt::format("{} = ANY ({})", column.name, Cast(parameter, column.type)));
    }
    return fmt::format("({})", fmt::join(any, " OR "));
  }

  pg::Params Bind(pg::Params params) const {
    if (!IsValue()) return BindPerson(order_, std::move(params));
    for (const Column& column : order_.columns) {
      if (!column.values.empty()) params.Texts(Views(column.values));
    }
    return params;
  }

  // The value's field, or for a person any.
  bool Goes(const Column& column) const {
    if (!IsValue() || order_.rows == RowsBecome::kDeleted) return true;
    return std::ranges::any_of(order_.columns, [&](const Column& other) {
      return other.field == column.field && !other.values.empty();
    });
  }

  std::string SelectTokens(const std::string& where) const {
    std::vector<std::string> selects = {"SELECT NULL::text"};
    for (const Column& column : order_.columns) {
      if (!column.token || !Goes(column)) continue;
      selects.push_back(
          fmt::format("SELECT {}::text FROM {} WHERE {}", column.name, order_.table, where));
    }
    return fmt::format("{}", fmt::join(selects, " UNION "));
  }

  // What a row is left with: nothing that tells whose it was.
  std::string Nulls(int first) const {
    std::vector<std::string> sets;
    std::set<std::string> done;
    for (const Column& column : order_.columns) {
      if (!Goes(column)) continue;
      done.insert(column.name);
      const std::string here = Any(first, [&](const Column& c) { return c.field == column.field; });
      sets.push_back(
          IsValue() ? fmt::format("{0} = CASE WHEN {1} THEN NULL ELSE {0} END", column.name, here)
                    : fmt::format("{} = NULL", column.name));
    }
    for (const std::string& column : {order_.subject_column, order_.rest_column}) {
      if (!IsValue() && !column.empty() && !done.contains(column))
        sets.push_back(column + " = NULL");
    }
    return fmt::format("UPDATE {} SET {}", order_.table, fmt::join(sets, ", "));
  }

  Result<std::vector<std::string>> FindRows() {
    return Column0(InRows(fmt::format("SELECT ctid::text FROM {} WHERE {}", order_.table, Meant(1)),
                          Bind(pg::Params())));
  }

  Result<std::vector<std::string>> InVault(const std::vector<std::string>& tokens) {
    if (tokens.empty()) return std::vector<std::string>();
    return Column0(places_.pii().Exec(kInVault, pg::Params().Texts(Views(tokens))));
  }
  Result<std::vector<std::string>> OfValueInVault() {
    if (!IsValue()) return std::vector<std::string>();
    std::vector<std::string> all = order_.marks;
    all.insert(all.end(), order_.more_tokens.begin(), order_.more_tokens.end());
    return InVault(all);
  }

  static Result<std::vector<std::string>> Column0(Result<pg::Rows> read) {
    const pg::Rows rows = TRY(std::move(read));
    std::vector<std::string> texts;
    for (int i = 0; i < rows.size(); ++i) texts.push_back(rows.String(i, 0));
    return texts;
  }

  Result<> Mark() {
    TRY(BeginErasing(places_));
    TRY(LockOutIngest(places_));
    const pg::Rows rows =
        TRY(places_.pii().Exec(IsValue() ? kMarkValue : kMarkPerson,
                               pg::Params().Texts(Views(order_.marks)).Text(order_.reason)));
    std::uint64_t gone = 0;
    for (int i = 0; i < rows.size(); ++i) gone += static_cast<std::uint64_t>(rows.Int(i, 0));
    const std::vector<std::string> more = TRY(InVault(order_.more_tokens));
    gone += TRY(Forget(more));
    if (IsValue()) TRY(ForgetAliases(places_, order_.marks, order_.reason));
    TRY(CommitErasing(places_));
    counts_.originals += gone;
    return Ok();
  }

  // Rows first: the lock is held for the look at the others only.
  Result<> TakeRows(const std::vector<std::string>& places) {
    TRY(BeginErasing(places_));
    const std::string these = "ctid = ANY ($1::tid[]) AND " + Meant(2);
    const bool remove = order_.rows == RowsBecome::kDeleted;
    const std::string change = remove ? "DELETE FROM " + order_.table : Nulls(2);
    const pg::Rows rows =
        TRY(InRows(fmt::format("WITH old (t) AS ({}), gone AS ({} WHERE {} RETURNING 1) "
                               "SELECT t, NULL FROM old WHERE t IS NOT NULL "
                               "UNION ALL SELECT NULL, count(*) FROM gone",
                               SelectTokens(these), change, these),
                   Bind(pg::Params().Texts(Views(places)))));
    std::vector<std::string> tokens;
    std::uint64_t gone = 0;
    for (int i = 0; i < rows.size(); ++i) {
      if (rows.IsNull(i, 0)) {
        gone += static_cast<std::uint64_t>(rows.Int(i, 1));
      } else {
        tokens.push_back(rows.String(i, 0));
      }
    }
    TRY(LockOutIngest(places_));
    const Fates fates = TRY(references_.Sort(places_, tokens));
    const std::uint64_t originals = TRY(Forget(fates.forgotten));
    const std::vector<std::string> kept = TRY(InVault(fates.kept));
    TRY(CommitErasing(places_));
    counts_.rows += gone;
    counts_.originals += originals;
    shared_.insert(kept.begin(), kept.end());
    for (const std::string& token : fates.forgotten) shared_.erase(token);
    return Ok();
  }

  Result<std::uint64_t> Forget(const std::vector<std::string>& tokens) {
    if (tokens.empty()) return std::uint64_t{0};
    TRY(ForgetAliases(places_, tokens, order_.reason));
    const pg::Rows rows = TRY(places_.pii().Exec(
        kForget, pg::Params().Texts(Views(tokens)).Text(order_.reason).Text(order_.marks.front())));
    return static_cast<std::uint64_t>(rows.Int(0, 0));
  }

  Result<pg::Rows> InRows(const std::string& sql, const pg::Params& params) {
    Result<pg::Rows> rows = places_.rows.Exec(sql, params);
    if (rows.ok()) return rows;
    const pg::Failure& failure = places_.rows.last_failure();
    Error error = rows.error();
    if (failure.sqlstate == "42501") {
      const char* const what =
          order_.rows == RowsBecome::kDeleted ? "SELECT, DELETE" : "SELECT, UPDATE";
      error.code = ErrorCode::kConfig;
      error.hint = fmt::format("GRANT {} ON {} TO {};", what, order_.table,
                               pg::QuoteName(places_.rows.user()));
    } else if (failure.sqlstate == "23502") {
      error.hint = "the table wants a value there: --rows delete";
    } else if (failure.InClass("22")) {
      error.hint = "the subject's column holds no such value";
    }
    return error;
  }

  const ErasePlaces& places_;
  const EraseOrder& order_;
  References references_;
  EraseCounts counts_;
  std::set<std::string> shared_;
};

}  // namespace

Result<> CheckEraser(pg::Connection& connection) {
  return CheckAccess(connection, {"pii_erase", kFunctions});
}

Result<EraseCounts> Erase(const ErasePlaces& places, const EraseOrder& order,
                          const std::function<void(const EraseCounts&)>& progress) {
  Eraser eraser(places, order);
  TRY(eraser.ReadReferences());
  return eraser.Run(progress);
}

Result<EraseCounts> WouldErase(const ErasePlaces& places, const EraseOrder& order) {
  Eraser eraser(places, order);
  TRY(eraser.ReadReferences());
  return eraser.Preview();
}

Result<SealedBodies> CountSealedBodies(pg::Connection& connection) {
  const pg::Rows rows = TRY(connection.Query(kSealed));
  return SealedBodies{static_cast<std::uint64_t>(rows.Int(0, 0)), rows.String(0, 1)};
}

}  // namespace bauta::vault
