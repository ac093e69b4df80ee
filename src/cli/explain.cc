// `bauta explain`: who can undo what a config does; `bauta explain CODE`: the manual's section.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cli/command.h"
#include "cli/explanation.h"
#include "cli/hash_rates.h"
#include "cli/load_config.h"
#include "cli/processing_record.h"
#include "config/codes.h"

namespace bauta::cli {
namespace {

// The codes, some to a line, behind the two blanks of a hint.
std::string Listed(const std::vector<std::string_view>& codes) {
  std::string out;
  std::size_t column = 0;
  for (const std::string_view code : codes) {
    if (column > 0 && column + code.size() > 84) {
      out += "\n  ";
      column = 0;
    }
    out += fmt::format("{}{}", column > 0 ? " " : "", code);
    column += code.size() + 1;
  }
  return out;
}

// People write e012 and E12345 and Required-Missing.
std::string Normal(const std::string& word, char from, char to, int (*change)(int)) {
  std::string out = word;
  for (char& c : out) c = c == from ? to : static_cast<char>(change(static_cast<unsigned char>(c)));
  return out;
}

std::vector<std::string_view> CodesOf(const std::vector<Explanation>& all) {
  std::vector<std::string_view> codes;
  for (const Explanation& e : all) codes.push_back(e.code);
  return codes;
}

// From the config alone: no key, no queue, no database.
Result<> ExplainConfig(Context& context) {
  const config::Loaded loaded = config::Load(SourcesOf(context));
  const auto is_none = [](const config::Problem& p) { return p.code == config::codes::kNoConfig; };
  if (std::ranges::any_of(loaded.problems, is_none)) {
    const std::vector<Explanation> all = AllExplanations();
    return ConfigError("explain takes a config (-c FILE), or a code: E012, required_missing",
                       Listed(CodesOf(all)));
  }
  PrintProblems(context, loaded.problems);
  if (!loaded.ok()) {
    context.exit_code = kUsage;
    return Ok();
  }
  const ProcessingRecord record = RecordOf(loaded.config, MeasureHashRates());
  fmt::print("{}", context.json ? ToJson(record) + "\n" : ToText(record));
  return Ok();
}

Result<> ExplainCode(const Context& context, const std::string& word) {
  const std::vector<Explanation> all = AllExplanations();
  const std::vector<std::string_view> codes = CodesOf(all);
  const std::string upper = Normal(word, '\0', '\0', std::toupper);
  const std::string lower = Normal(word, '-', '_', std::tolower);
  const auto is_it = [&](const Explanation& e) { return e.code == upper || e.code == lower; };
  const auto found = std::find_if(all.begin(), all.end(), is_it);
  if (found != all.end()) {
    fmt::print("{}", context.json ? ToJson(*found) + "\n" : ToText(*found));
    return Ok();
  }
  std::optional<std::string_view> nearest = Nearest(lower, codes);
  if (!nearest) nearest = Nearest(upper, codes);
  return ConfigError(fmt::format("no code \"{}\"{}", word,
                                 nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : ""),
                     nearest ? "" : Listed(codes));
}

}  // namespace

void AddExplain(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand(
      "explain",
      "Per column of the config: what it holds, and who can reverse it how; or what a "
      "code means");
  const auto code = std::make_shared<std::string>();
  command
      ->add_option("CODE", *code,
                   "E012 of a problem, W003 of a warning, required_missing of the quarantine; else "
                   "the config is explained")
      ->type_name("CODE");
  command->callback([&context, code] {
    const Result<> done = code->empty() ? ExplainConfig(context) : ExplainCode(context, *code);
    if (!done.ok()) context.Fail(done.error());
  });
}

}  // namespace bauta::cli
