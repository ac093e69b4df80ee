#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "cli/processing_record.h"
#include "cli/wrapped.h"

namespace bauta::cli {
namespace {

constexpr std::size_t kIndent = 13;

std::string MaybeJson(const std::string& text) { return text.empty() ? "null" : JsonString(text); }

std::string MaybeJson(const std::optional<double>& number) {
  return number ? fmt::format("{:.3f}", *number) : "null";
}

std::string ListJson(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ",") + JsonString(text);
  return "[" + out + "]";
}

std::string WayJson(const WayBack& way) {
  return fmt::format(
      R"({{"needs":"{}","how":{},"limits":{},"candidates":{},"seconds":{},"audited":{}}})",
      NeedsCode(way.needs), JsonString(way.how), MaybeJson(way.limits),
      way.candidates ? fmt::format("{:.0f}", *way.candidates) : "null", MaybeJson(way.seconds),
      way.audited);
}

std::string ColumnJson(const ColumnRecord& column) {
  std::string ways;
  for (const WayBack& way : column.ways) ways += (ways.empty() ? "" : ",") + WayJson(way);
  return fmt::format(
      R"({{"column":{},"from":{},"mask":{},"holds":{},"joins":{},"quasi_identifier":{},)"
      R"("ways_back":[{}]}})",
      JsonString(column.column), MaybeJson(column.from), MaybeJson(column.mask),
      JsonString(column.holds), ListJson(column.joins), column.quasi_identifier, ways);
}

std::string_view Who(Needs needs) {
  switch (needs) {
    case Needs::kNothing:
      return "anybody";
    case Needs::kSuffix:
      return "suffix";
    case Needs::kTokenKey:
      return "token key";
    case Needs::kVaultIdentity:
      return "identity";
  }
  return {};
}

std::string Line(std::string_view name, std::string_view text) {
  return fmt::format("  {:<{}}{}\n", name, kIndent - 2, Wrapped(text, kIndent));
}

std::string WayText(const WayBack& way) {
  std::string text = way.how;
  if (way.seconds) text += ": " + HowLong(*way.seconds);
  if (way.candidates) text += ", for the whole table";
  if (way.needs != Needs::kNothing) text += way.audited ? "; audited" : "; no record of it";
  if (!way.limits.empty()) text += "; " + way.limits;
  return text;
}

std::string ColumnText(const ColumnRecord& column) {
  std::string out =
      fmt::format("{}{}{}\n", column.column, column.from.empty() ? "" : " from " + column.from,
                  column.mask.empty() ? "" : ", " + column.mask);
  out += Line("holds", column.holds);
  if (column.quasi_identifier) return out;
  if (!column.joins.empty()) {
    out += Line("joins", fmt::format("{}", fmt::join(column.joins, ", ")));
  }
  if (column.ways.empty()) return out + Line("back", "no way leads back from it");
  for (const WayBack& way : column.ways) {
    out += Line(Who(way.needs), WayText(way));
  }
  return out;
}

std::string Bullets(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += "  " + Wrapped(text, 4) + "\n";
  return out;
}

}  // namespace

std::string ToJson(const ProcessingRecord& r) {
  std::string columns;
  for (const ColumnRecord& column : r.columns) {
    columns += (columns.empty() ? "" : ",") + ColumnJson(column);
  }
  return fmt::format(
      R"({{"pipeline":{},"queue":{},"table":{},"data":"pseudonymised",)"
      R"("controller":null,"purposes":null,"data_subjects":null,"transfers":null,)"
      R"("columns":[{}],"recipients":{},)"
      R"("retention":{{"rows_days":null,"vault":{},"quarantine_days":{},"ledger_days":{}}},)"
      R"("measures":{},"vault_recipient":{},"quarantine_recipient":{},)"
      R"("rates":{{"sha256_per_second":{:.0f},"tokens_per_second":{:.0f},"cores":1,)"
      R"("gpu_sha256_per_second":{:.0f}}}}})",
      JsonString(r.pipeline), JsonString(r.queue), JsonString(r.table), columns,
      ListJson(r.recipients), r.has_vault ? "\"while a row has its token\"" : "null",
      r.quarantine_days, r.ledger_days, ListJson(r.measures), MaybeJson(r.vault_recipient),
      MaybeJson(r.quarantine_recipient), r.rates.sha256, r.rates.token, kGpuRate);
}

std::string ToText(const ProcessingRecord& r) {
  std::string out = fmt::format("{}: queue {} into table {}\n", r.pipeline, r.queue, r.table);
  out += Wrapped(
             "What the table holds is pseudonymised personal data (GDPR Art. 4(5)), never "
             "anonymous: below stands what has to be had to get a value back, and how long "
             "that takes.",
             0) +
         "\n";
  out += Wrapped(
             fmt::format("One core of this machine tries {:.1f} million SHA-256 or {:.1f} "
                         "million keyed tokens a second (measured now); a graphics card tries some "
                         "{:.0f} thousand million SHA-256.",
                         r.rates.sha256 / 1e6, r.rates.token / 1e6, kGpuRate / 1e9),
             0) +
         "\n";
  for (const ColumnRecord& column : r.columns) out += "\n" + ColumnText(column);
  out += "\nwho gets it\n" + Bullets(r.recipients);
  out += "\nhow long it is kept\n";
  std::vector<std::string> kept = {"rows: until somebody deletes them"};
  if (r.has_vault) {
    kept.emplace_back(
        "originals in the vault: as long as a row has their token, in any table that `bauta init` "
        "registered in the database; `bauta expire` takes the others away");
  }
  kept.push_back(fmt::format("refused events: {} days", r.quarantine_days));
  kept.push_back(fmt::format("ids of loaded messages: {} days", r.ledger_days));
  out += Bullets(kept);
  return out + "\nmeasures\n" + Bullets(r.measures);
}

}  // namespace bauta::cli
