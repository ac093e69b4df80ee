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

std::string Cell(std::string text, std::size_t widest) {
  if (!IsValidUtf8(text)) return "?";
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
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
