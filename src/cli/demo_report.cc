#include "cli/demo_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/reason_text.h"
#include "cli/text_table.h"

namespace bauta::cli {
namespace {

std::string FirstRows(const DemoFindings& findings) {
  std::vector<TableColumn> columns;
  for (const std::string& name : findings.columns) {
    const bool masked = name.starts_with("masked_");
    columns.push_back({name, name == "app_version", name == "user_id" ? 9u : masked ? 18u : 0u});
  }
  return "The first rows of user_logins\n" + TextTable(columns, findings.first_rows) + "\n";
}

std::string Fates(const RunSummary& summary) {
  const RunCounts& counts = summary.counts;
  const double taken = static_cast<double>(summary.elapsed.count()) / 1000;
  const auto rate =
      static_cast<std::uint64_t>(taken > 0 ? static_cast<double>(counts.committed) / taken : 0);
  return fmt::format(
      "What became of {} messages, in {:.2f} s ({} messages a second)\n"
      "  inserted {} · duplicate {} · quarantined {} · redelivered {} · released {}\n\n",
      WithCommas(counts.received), taken, WithCommas(rate), WithCommas(counts.inserted),
      WithCommas(counts.duplicate), WithCommas(counts.quarantined), WithCommas(counts.redelivered),
      WithCommas(counts.released));
}

std::string MostRepeated(const DemoFindings& findings) {
  std::vector<std::vector<std::string>> rows(
      std::max(findings.addresses.size(), findings.devices.size()), std::vector<std::string>(4));
  for (std::size_t i = 0; i < findings.addresses.size(); ++i) {
    rows[i][0] = findings.addresses[i].token;
    rows[i][1] = WithCommas(findings.addresses[i].count);
  }
  for (std::size_t i = 0; i < findings.devices.size(); ++i) {
    rows[i][2] = findings.devices[i].token;
    rows[i][3] = WithCommas(findings.devices[i].count);
  }
  return "The most repeated: equal originals have equal tokens\n" +
         TextTable({{"masked_ip"}, {"rows", true}, {"  masked_device_id"}, {"rows", true}},
                   [&] {
                     for (std::vector<std::string>& row : rows) row[2].insert(0, "  ");
                     return rows;
                   }()) +
         "\n";
}

std::string Quarantine(const DemoFindings& findings) {
  if (findings.quarantined.empty()) return "Nothing was quarantined\n\n";
  std::vector<std::vector<std::string>> rows;
  for (const DemoFindings::Quarantined& group : findings.quarantined)
    rows.push_back(
        {WithCommas(group.count), group.reason, group.column, std::string(Meaning(group.reason))});
  return "Quarantined: sealed, only the quarantine identity opens them\n" +
         TextTable({{"events", true}, {"reason"}, {"column"}, {"why"}}, rows) + "\n";
}

std::string WayBack(const DemoFindings& findings) {
  if (!findings.way_back) return {};
  const DemoFindings::WayBack& back = *findings.way_back;
  std::vector<std::vector<std::string>> entries;
  for (const auto& e : back.audit)
    entries.push_back({std::to_string(e.seq), e.at, e.actor, e.action, e.reason});
  return fmt::format(
             "The way back: `bauta reveal` with the vault identity and a reason, never unseen\n"
             "  {} is {} ({})\n",
             back.token, back.value, back.verified ? "verified" : "UNVERIFIED") +
         TextTable({{"audit", true}, {"at"}, {"actor"}, {"action"}, {"reason"}}, entries) + "\n";
}

}  // namespace

std::string DemoReport(const RunSummary& summary, const DemoFindings& findings) {
  return FirstRows(findings) + Fates(summary) + MostRepeated(findings) + Quarantine(findings) +
         WayBack(findings);
}

std::string DemoConnections(const std::string& database_url, const std::string& endpoint,
                            const std::string& queue, const std::string& config_file) {
  return fmt::format(
      "Both go on running until Ctrl-C; then they are removed\n"
      "  psql '{}'\n"
      "  python3 -c 'import boto3; print(boto3.client(\"sqs\", endpoint_url=\"{}\",\n"
      "      region_name=\"us-east-1\", aws_access_key_id=\"test\", "
      "aws_secret_access_key=\"test\")\n"
      "      .get_queue_url(QueueName=\"{}\"))'\n"
      "  bauta quarantine list -c {}\n",
      database_url, endpoint, queue, config_file);
}

std::string DemoNextSteps() {
  return "What next\n"
         "  bauta demo --keep      leaves queue and database running, to look around\n"
         "  bauta config example   a config for a queue and a table of your own;\n"
         "                         then bauta keys generate, bauta init, bauta check, bauta run\n";
}

}  // namespace bauta::cli
