#include "config/problem.h"

#include <gtest/gtest.h>

namespace bauta::config {
namespace {

Problem Sample() {
  return {.code = "E012",
          .path = "columns.masked_ip",
          .file = "bauta.yaml",
          .line = 14,
          .column = 7,
          .message = "unknown key \"msak\"; did you mean \"mask\"?",
          .hint = "mend it",
          .source_line = "\tma\xc3\xa4 x: msak"};
}

TEST(Problem, IsPrintedWithItsLineAndACaret) {
  EXPECT_EQ(Format(Sample()),
            "bauta.yaml:14:7: error[E012] columns.masked_ip: unknown key \"msak\"; did you mean "
            "\"mask\"?\n"
            "   14 | \tma\xc3\xa4 x: msak\n"
            "      | \t     ^\n"
            "      = mend it\n");
}

TEST(Problem, LeavesOutWhatItDoesNotHave) {
  Problem p = Sample();
  p.severity = Severity::kWarning;
  p.path = p.hint = p.source_line = "";
  p.file = "--set x";
  p.line = 0;
  EXPECT_EQ(Format(p), "--set x: warning[E012] unknown key \"msak\"; did you mean \"mask\"?\n");
  p.file = "";
  EXPECT_EQ(Format(p), "bauta: warning[E012] unknown key \"msak\"; did you mean \"mask\"?\n");
}

TEST(Problem, NamesTheKeyOfAFlagOnce) {
  Problem p = Sample();
  p.file = "--set columns.masked_ip";
  p.line = 0;
  p.hint = p.source_line = "";
  EXPECT_EQ(Format(p),
            "--set columns.masked_ip: error[E012] unknown key \"msak\"; did you mean \"mask\"?\n");
}

TEST(Problem, IsJsonWithStableKeys) {
  EXPECT_EQ(ToJson({}), "[]");
  EXPECT_EQ(ToJson({Sample()}),
            R"([{"code":"E012","severity":"error","path":"columns.masked_ip","file":"bauta.yaml",)"
            R"("line":14,"column":7,"message":"unknown key \"msak\"; did you mean \"mask\"?",)"
            R"("hint":"mend it"}])");
}

TEST(Problem, ComesInReadingOrder) {
  std::vector<Problem> problems(4, Sample());
  problems[0].line = 0;
  problems[1].line = 20;
  problems[3].column = 2;
  SortByPlace(problems);
  EXPECT_EQ(problems[0].column, 2);
  EXPECT_EQ(problems[1].line, 14);
  EXPECT_EQ(problems[2].line, 20);
  EXPECT_EQ(problems[3].line, 0);
}

}  // namespace
}  // namespace bauta::config
