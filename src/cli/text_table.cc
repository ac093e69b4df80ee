#include "cli/text_table.h"

#include <algorithm>

#include "base/text.h"

namespace bauta::cli {
namespace {

// Where the first `n` code points of valid UTF-8 end.
std::size_t EndOf(std::string_view text, std::size_t n) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (starts && n-- == 0) return at;
  }
  return at;
}

// Of what a terminal might take as an order: C1's controls and what turns the direction of writing,
// both in UTF-8.
bool IsOrder(std::string_view rest) {
  if (rest.starts_with('\xc2')) return rest.size() > 1 && rest[1] < '\xa0';
  return (rest.starts_with("\xe2\x80") && rest[2] >= '\xaa' && rest[2] <= '\xae') ||
         (rest.starts_with("\xe2\x81") && rest[2] >= '\xa6' && rest[2] <= '\xa9');
}

std::string Cell(std::string text, std::size_t widest) {
  if (!IsValidUtf8(text)) return "?";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7f) text[i] = '?';
    if (IsOrder(std::string_view(text).substr(i))) text.replace(i, text[i] == '\xc2' ? 2 : 3, "?");
  }
  if (widest == 0 || Utf8Length(text) <= widest) return text;
  return text.substr(0, EndOf(text, widest - 1)) + "…";
}

void AppendLine(std::string& out, const std::vector<TableColumn>& columns,
                const std::vector<std::size_t>& widths, const std::vector<std::string>& cells,
                std::size_t indent) {
  std::string line(indent, ' ');
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string blanks(widths[i] - Utf8Length(cells[i]), ' ');
    if (i > 0) line += "  ";
    line += columns[i].right ? blanks + cells[i] : cells[i] + blanks;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

}  // namespace

std::string TextTable(const std::vector<TableColumn>& columns,
                      const std::vector<std::vector<std::string>>& rows, std::size_t indent) {
  std::vector<std::vector<std::string>> lines(1);
  for (const TableColumn& column : columns) lines[0].push_back(column.title);
  for (const std::vector<std::string>& row : rows) {
    std::vector<std::string>& cells = lines.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i)
      cells.push_back(Cell(i < row.size() ? row[i] : "", columns[i].widest));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const std::vector<std::string>& cells : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], Utf8Length(cells[i]));
  }
  std::string out;
  for (const std::vector<std::string>& cells : lines)
    AppendLine(out, columns, widths, cells, indent);
  return out;
}

}  // namespace bauta::cli
