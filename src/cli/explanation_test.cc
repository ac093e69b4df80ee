#include "cli/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cli/pages.h"
#include "config/codes.h"
#include "core/reason.h"

namespace bauta::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::set<std::string> CodesOf(std::string_view page) {
  std::set<std::string> codes;
  for (const Explanation& e : ExplanationsOf(page)) {
    EXPECT_TRUE(codes.insert(e.code).second) << e.code << " stands twice";
  }
  return codes;
}

TEST(ExplanationTest, EveryCodeHasItsSectionAndNoSectionIsOrphaned) {
  std::set<std::string> problems, reasons;
  for (const config::CodeInfo& info : config::kCodes) problems.emplace(info.code);
  for (const std::string_view code : kReasonCodes) reasons.emplace(code);
  EXPECT_EQ(CodesOf(ProblemsPage()), problems);
  EXPECT_EQ(CodesOf(ReasonsPage()), reasons);
}

TEST(ExplanationTest, EverySectionSaysWhatItMeansAndWhatHelps) {
  for (const Explanation& e : AllExplanations()) {
    EXPECT_THAT(e.meaning, Not(IsEmpty())) << e.code;
    EXPECT_THAT(e.cure, Not(IsEmpty())) << e.code;
    for (const std::string& part : {e.meaning, e.cause, e.cure}) {
      EXPECT_THAT(part, Not(HasSubstr("**"))) << e.code;
      EXPECT_THAT(part, Not(HasSubstr("Cure:"))) << e.code;
      EXPECT_THAT(part, Not(HasSubstr("]("))) << e.code;
    }
  }
}

TEST(ExplanationTest, TakesTheThreePartsApart) {
  const auto found = ExplanationsOf(
      "# Page\nNot this.\n\n## Part\n\n### E012\n**Unknown key.** "
      "See\n[config](config.md#x).\nCure: mend\nit.\n\n"
      "## bad_utf8\n**Meaning.** Odd.\n**Cause.** Latin-1.\n**Cure.** Encode.\n\n## Other\nNor "
      "this.\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(ToJson(found[0]),
            R"({"code":"E012","kind":"error","meaning":"Unknown key. See docs/config.md.",)"
            R"("cause":null,"cure":"Mend it."})");
  EXPECT_EQ(ToText(found[1]),
            "bad_utf8: a reason why an event is in the quarantine\n"
            "  Meaning  Odd.\n  Cause    Latin-1.\n  Cure     Encode.\n");
}

TEST(ExplanationTest, LinesStayWithinAScreen) {
  for (const Explanation& e : AllExplanations()) {
    const std::string all = ToText(e);
    std::string_view text = all;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      EXPECT_LE(line.size(), 100u) << line;
      text.remove_prefix(line.size() + 1);
    }
  }
}

}  // namespace
}  // namespace bauta::cli
