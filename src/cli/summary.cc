#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "cli/run.h"

namespace bauta::cli {
namespace {

constexpr std::array<std::string_view, 5> kStopped = {"empty", "idle", "limit", "signal", "error"};

double Seconds(const RunSummary& summary) {
  return static_cast<double>(summary.elapsed.count()) / 1000;
}

double Rate(const RunSummary& summary) {
  const double seconds = Seconds(summary);
  return seconds > 0 ? static_cast<double>(summary.counts.committed) / seconds : 0;
}

std::string ReasonsJson(const RunCounts& counts) {
  std::string out;
  for (std::size_t i = 0; i < kReasonCodes.size(); ++i) {
    if (counts.by_reason[i] == 0) continue;
    out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", kReasonCodes[i], counts.by_reason[i]);
  }
  return out;
}

// "leaks":{...}, where there are any.
std::string LeaksJson(const RunCounts& counts) {
  if (counts.leaks.empty()) return {};
  std::string out;
  for (const auto& [column, n] : counts.leaks) {
    out += fmt::format("{}{}:{}", out.empty() ? "" : ",", JsonString(column), n);
  }
  return fmt::format(R"("leaks":{{{}}},)", out);
}

}  // namespace

std::string SummaryJson(const RunSummary& summary, std::string_view more) {
  const RunCounts& c = summary.counts;
  const std::string raw =
      c.raw_tokens > 0 ? fmt::format(R"("raw_tokens":{},)", c.raw_tokens) : std::string();
  return fmt::format(
      R"({{"messages":{{"received":{},"committed":{},"redelivered":{},"released":{}}},)"
      R"("events":{{"seen":{},"inserted":{},"duplicate":{},"quarantined":{}}},)"
      R"("quarantine_reasons":{{{}}},{}{})"
      R"("seconds":{:.3f},"messages_per_second":{:.1f},)"
      R"("requests":{{"receive":{},"delete":{},"visibility":{}}},"stopped":"{}"{}}})",
      c.received, c.committed, c.redelivered, c.released, c.seen(), c.inserted, c.duplicate,
      c.quarantined, ReasonsJson(c), raw, LeaksJson(c), Seconds(summary), Rate(summary),
      summary.requests.receive, summary.requests.remove, summary.requests.visibility,
      kStopped[static_cast<std::size_t>(summary.stopped)], more);
}

std::string SummaryText(const RunSummary& summary) {
  const RunCounts& c = summary.counts;
  std::string out = fmt::format(
      "messages  {} received, {} committed, {} redelivered, {} released\n"
      "events    {} inserted, {} duplicate, {} quarantined\n",
      WithCommas(c.received), WithCommas(c.committed), WithCommas(c.redelivered),
      WithCommas(c.released), WithCommas(c.inserted), WithCommas(c.duplicate),
      WithCommas(c.quarantined));
  for (std::size_t i = 0; i < kReasonCodes.size(); ++i) {
    if (c.by_reason[i] == 0) continue;
    out += fmt::format("          {} {}\n", WithCommas(c.by_reason[i]), kReasonCodes[i]);
  }
  if (c.quarantined > 0) out += "          (`bauta explain CODE` tells cause and cure)\n";
  if (c.raw_tokens > 0) {
    out += fmt::format("          {} values have a token of what came, as on_invalid: raw says\n",
                       WithCommas(c.raw_tokens));
  }
  for (const auto& [column, n] : c.leaks) {
    out += fmt::format(
        "leaks     {} values in column {} look like personal data, of those looked at; `bauta "
        "explain "
        "leak`\n",
        WithCommas(n), column);
  }
  out += fmt::format("time      {:.2f} s, {} messages/s\n", Seconds(summary),
                     WithCommas(static_cast<std::uint64_t>(Rate(summary))));
  const std::uint64_t requests =
      summary.requests.receive + summary.requests.remove + summary.requests.visibility;
  out += fmt::format("requests  {} receive, {} delete, {} visibility",
                     WithCommas(summary.requests.receive), WithCommas(summary.requests.remove),
                     WithCommas(summary.requests.visibility));
  if (c.committed > 0) {
    out += fmt::format(" ({:.2f} a message)",
                       static_cast<double>(requests) / static_cast<double>(c.committed));
  }
  return out + fmt::format("\nstopped   {}\n", kStopped[static_cast<std::size_t>(summary.stopped)]);
}

}  // namespace bauta::cli
