#include "sinks/row_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The real one is the mapping's, which this program does not link.
namespace bauta::mapping {
class RowMaker {
 public:
  static Row Make(std::span<const Value> values) { return Row(values); }
};
}  // namespace bauta::mapping

namespace bauta::sinks {
namespace {

using std::string_view_literals::operator""sv;
using testing::HasSubstr;

Column Named(const std::string& name, ColumnType type) {
  Column column;
  column.name = name;
  column.type = type;
  return column;
}

TableSchema Table() {
  TableSchema table{"Odd \"schema\"", "t", {}};
  table.columns = {Named("a", ColumnType::kText), Named("N", ColumnType::kInt16),
                   Named("range", ColumnType::kUnsupported), Named("made", ColumnType::kText),
                   Named("id", ColumnType::kInt64)};
  table.columns[3].generated = true;
  table.columns[4].identity_always = true;
  return table;
}

Value Text(std::string_view text) {
  Value value;
  value.kind = Value::Kind::kText;
  value.text = text;
  return value;
}

Value Integer(std::int64_t number) {
  Value value;
  value.kind = Value::Kind::kInteger;
  value.integer = number;
  return value;
}

// Without COPY's header.
Result<std::string> Encoded(const std::vector<Value>& values) {
  pg::CopyBuffer out;
  const RowEncoder encoder = RowEncoder::Make(Table(), {"N", "a"}).value();
  TRY(encoder.Encode(mapping::RowMaker::Make(values), out));
  return std::string(out.data());
}

TEST(RowEncoder, NamesTableAndColumnsAsTheyAre) {
  EXPECT_EQ(RowEncoder::Make(Table(), {"N", "a"})->copy_sql(),
            R"(COPY "Odd ""schema"""."t" ("N", "a") FROM STDIN (FORMAT binary))");
}

TEST(RowEncoder, RefusesColumnsThatCannotBeWritten) {
  const struct {
    const char *column, *says;
  } cases[] = {{"missing", "has no column missing"},
               {"n", "has no column n"},
               {"range", "has type"},
               {"made", "is generated"},
               {"id", "GENERATED ALWAYS AS IDENTITY"}};
  for (const auto& c : cases) {
    const Result<RowEncoder> made = RowEncoder::Make(Table(), {"a", c.column});
    ASSERT_FALSE(made.ok()) << c.column;
    EXPECT_EQ(made.error().code, ErrorCode::kConfig);
    EXPECT_THAT(made.error().message, HasSubstr(c.says));
  }
}

TEST(RowEncoder, WritesFieldsInTheOrderOfTheColumns) {
  EXPECT_EQ(Encoded({Integer(-2), Text("x\xc3\xa9")}).value(),
            "\0\2\0\0\0\2\xff\xfe\0\0\0\3x\xc3\xa9"sv);
  EXPECT_EQ(Encoded({Value(), Text("")}).value(), "\0\2\xff\xff\xff\xff\0\0\0\0"sv);
}

TEST(RowEncoder, RefusesARowThatIsNotTheTables) {
  EXPECT_EQ(Encoded({Integer(1)}).error().code, ErrorCode::kFatal);
  EXPECT_EQ(Encoded({Text("1"), Text("x")}).error().code, ErrorCode::kFatal);
}

}  // namespace
}  // namespace bauta::sinks
