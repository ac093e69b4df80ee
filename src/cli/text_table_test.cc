#include "cli/text_table.h"

#include <gtest/gtest.h>

namespace bauta::cli {
namespace {

TEST(TextTable, AlignsColumns) {
  EXPECT_EQ(TextTable({{"name"}, {"n", true}}, {{"a", "5"}, {"longer", "1,000"}}),
            "  name        n\n"
            "  a           5\n"
            "  longer  1,000\n");
}

TEST(TextTable, CutsByCodePointsAndNeverThroughOne) {
  EXPECT_EQ(TextTable({{"t", false, 4}}, {{"ééééé"}, {"éééé"}}, 0), "t\nééé…\néééé\n");
}

TEST(TextTable, LeavesNoTrailingBlanks) {
  EXPECT_EQ(TextTable({{"a"}, {"b"}}, {{"x"}, {"yy", "z"}}, 0), "a   b\nx\nyy  z\n");
}

TEST(TextTable, KeepsTheTerminalSafe) {
  EXPECT_EQ(TextTable({{"a"}}, {{"\x1b[2J\n"}, {"\xff"}}, 0), "a\n?[2J?\n?\n");
  EXPECT_EQ(TextTable({{"a"}}, {{"\u009b2J\u202ex\u2066\u00a0\u2027é"}}, 0),
            "a\n?2J?x?\u00a0\u2027é\n");
}

}  // namespace
}  // namespace bauta::cli
