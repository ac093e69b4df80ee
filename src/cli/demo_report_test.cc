#include "cli/demo_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/text.h"

namespace bauta::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kToken[] = "h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy";

RunSummary Summary() {
  RunSummary summary;
  summary.counts.received = summary.counts.committed = 10'000;
  summary.counts.inserted = 9'999;
  summary.counts.quarantined = 1;
  summary.elapsed = std::chrono::milliseconds(500);
  return summary;
}

DemoFindings Findings() {
  DemoFindings findings;
  findings.columns = {"user_id", "device_type", "masked_ip",  "masked_device_id",
                      "locale",  "app_version", "create_date"};
  findings.first_rows.assign(5, {"424cdd21-063a-43a7-b91b-7ca1a833afae", "android", kToken, kToken,
                                 "RU", "2003000", "2026-11-21"});
  findings.addresses = findings.devices = {{kToken, 512}, {kToken, 250}, {kToken, 249}};
  findings.quarantined = {{"required_missing", "user_id", 1}};
  const std::string at = "2026-11-21T07:00:00.123456Z", why = "the demo shows the way back";
  findings.way_back = {
      {kToken,
       "203.0.113.7",
       true,
       {{1, at, "bauta", "reveal.request", why}, {2, at, "bauta", "reveal.fetch", why}}}};
  return findings;
}

TEST(DemoReport, TellsFatesTokensAndReasons) {
  const std::string report = DemoReport(Summary(), Findings());
  EXPECT_THAT(report, HasSubstr("inserted 9,999 · duplicate 0 · quarantined 1 · redelivered 0"));
  EXPECT_THAT(report, HasSubstr("10,000 messages, in 0.50 s (20,000 messages a second)"));
  EXPECT_THAT(report, HasSubstr(std::string(kToken) + "   512"));
  EXPECT_THAT(report, HasSubstr("required_missing  user_id  a required field is not there"));
  EXPECT_THAT(report, HasSubstr(std::string(kToken) + " is 203.0.113.7 (verified)"));
  EXPECT_THAT(report, HasSubstr("bauta  reveal.fetch    the demo shows the way back"));
}

TEST(DemoReport, FitsOneScreen) {
  std::istringstream lines(DemoReport(Summary(), Findings()));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_LE(Utf8Length(line), 100u) << line;
  EXPECT_LE(count, 30);
}

TEST(DemoReport, SurvivesARunOfNothing) {
  const std::string report = DemoReport(RunSummary(), DemoFindings());
  EXPECT_THAT(report, HasSubstr("0 messages, in 0.00 s (0 messages a second)"));
  EXPECT_THAT(report, HasSubstr("Nothing was quarantined"));
  EXPECT_THAT(report, Not(HasSubstr("nan")));
}

TEST(DemoConnections, NameDatabaseAndEndpoint) {
  const std::string text = DemoConnections("postgresql://bauta@/postgres?host=/tmp/x",
                                           "http://127.0.0.1:4567", "demo-logins", "/tmp/b.yaml");
  EXPECT_THAT(text, HasSubstr("psql 'postgresql://bauta@/postgres?host=/tmp/x'"));
  EXPECT_THAT(text, HasSubstr("endpoint_url=\"http://127.0.0.1:4567\""));
  EXPECT_THAT(text, HasSubstr("demo-logins"));
}

}  // namespace
}  // namespace bauta::cli
