#include "cli/command_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "base/text.h"
#include "cli/explanation.h"
#include "cli/wrapped.h"
#include "core/reason.h"

namespace bauta::cli {
namespace {

constexpr std::size_t kColumn = 28;  // Where the meaning of an option begins.

// One for each command that does something.
constexpr auto kExamples = std::to_array<Example>({
    {"bauta demo", "bauta demo --messages 1000 --keep"},
    {"bauta quickstart", "bauta quickstart --queue login-queue --until-empty"},
    {"bauta run", "bauta run --until-empty --wait 60s"},
    {"bauta status", "bauta status -o json"},
    {"bauta check", "bauta check --offline"},
    {"bauta init", "bauta init --create-table"},
    {"bauta test", "bauta test cases.yaml"},
    {"bauta keys generate", "bauta keys generate --passphrase-file passphrase.txt"},
    {"bauta keys list", "bauta keys list -o json"},
    {"bauta keys check", "bauta keys check"},
    {"bauta keys add", "bauta keys add"},
    {"bauta keys rotate", "bauta keys rotate"},
    {"bauta keys retire", "bauta keys retire k1"},
    {"bauta keys destroy", "bauta keys destroy k1"},
    {"bauta keys export",
     "bauta keys export --column masked_ip --out masked_ip.key --reason 'ticket 4713: Spark "
     "history'"},
    {"bauta rekey", "bauta rekey --identity identity-v1.json --reason 'ticket 4711: rotation'"},
    {"bauta quarantine list", "bauta quarantine list --reason-code wrong_type --since 2h"},
    {"bauta quarantine show",
     "bauta quarantine show --id 17 --identity identity-q1.json --reason 'ticket 4711'"},
    {"bauta quarantine replay",
     "bauta quarantine replay --reason-code wrong_type --identity identity-q1.json --reason 'app "
     "2.1 mended' --dry-run"},
    {"bauta quarantine discard",
     "bauta quarantine discard --until 7d --reason 'agreed with the producer' --dry-run"},
    {"bauta lookup",
     "bauta lookup --column masked_ip --reason 'ticket 4712: access request' < address.txt"},
    {"bauta reveal",
     "bauta reveal h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy --identity identity-v1.json --reason 'ticket "
     "4711: account takeover'"},
    {"bauta migrate-legacy",
     "bauta migrate-legacy --column masked_ip --reason 'old hashes are to go'"},
    {"bauta audit list", "bauta audit list --since 7d --action reveal.request"},
    {"bauta audit verify", "bauta audit verify --anchor anchors.txt"},
    {"bauta audit anchor", "bauta audit anchor --note 'printed, safe 3' >> anchors.txt"},
    {"bauta erase",
     "bauta erase --rows delete --reason 'request 17 of 2026-11-20' --dry-run < who.txt"},
    {"bauta subject export",
     "bauta subject export --identity identity-v1.json --reason 'request 16, Art. 15' --out "
     "person.json < who.txt"},
    {"bauta expire", "bauta expire --reason 'retention, every night' --dry-run"},
    {"bauta queue serve", "bauta queue serve --listen 127.0.0.1:4566 --queue login-queue"},
    {"bauta queue create", "bauta queue create login-queue --attribute VisibilityTimeout=60"},
    {"bauta queue send", "echo '{\"user_id\":\"u1\"}' | bauta queue send login-queue"},
    {"bauta queue load", "bauta queue load login-queue --file events.json.gz"},
    {"bauta queue receive", "bauta queue receive login-queue --max 10"},
    {"bauta queue peek", "bauta queue peek login-queue --max 3"},
    {"bauta queue stats", "bauta queue stats login-queue"},
    {"bauta queue purge", "bauta queue purge login-queue"},
    {"bauta queue redrive", "bauta queue redrive login-queue --from login-queue-dead --dry-run"},
    {"bauta config show", "bauta config show --origin"},
    {"bauta config example", "bauta config example > bauta.yaml"},
    {"bauta config schema", "bauta config schema > bauta.schema.json"},
    {"bauta explain", "bauta explain -c bauta.yaml"},
    {"bauta completion", "bauta completion bash > /etc/bash_completion.d/bauta"},
    {"bauta man", "bauta man > /usr/local/share/man/man1/bauta.1"},
    {"bauta version", "bauta version -o json"},
});

std::string_view ExampleOf(std::string_view called) {
  const auto found = std::find_if(kExamples.begin(), kExamples.end(),
                                  [&](const Example& e) { return e.called == called; });
  return found == kExamples.end() ? "" : found->line;
}

std::vector<std::string> Split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    parts.emplace_back(part);
    list.remove_prefix(std::min(list.size(), part.size() + 1));
  }
  return parts;
}

// "TEXT:{text,json}" -> its choices; "INT:INT in [1 - 64]" -> N, and the range behind the meaning.
void ReadType(const std::string& type, OptionNode& option) {
  const std::size_t open = type.find('{');
  if (open != std::string::npos) {
    option.choices = Split(std::string_view(type).substr(open + 1, type.find('}') - open - 1));
    option.value = fmt::format("{}", fmt::join(option.choices, "|"));
    return;
  }
  option.value = type;
  if (type.starts_with("TEXT")) option.value = "TEXT";
  if (type.starts_with("INT") || type.starts_with("UINT")) option.value = "N";
  const std::size_t range = type.find(" in [");
  if (range != std::string::npos) {
    option.value = "N";
    option.about += "; " + type.substr(range + 5, type.find(']') - range - 5);
  }
  if (option.value == "REASON") {
    for (const std::string_view code : kReasonCodes) option.choices.emplace_back(code);
  } else if (option.value == "CODE") {
    for (const Explanation& e : AllExplanations()) option.choices.push_back(e.code);
  }
}

OptionNode ReadOption(const CLI::Option& from) {
  OptionNode option;
  option.about = from.get_description();
  option.required = from.get_required();
  for (const std::string& name : from.get_snames()) option.names.push_back("-" + name);
  for (const std::string& name : from.get_lnames()) option.names.push_back("--" + name);
  if (option.names.empty()) {
    option.positional = true;
    option.names.push_back(from.get_name());
  }
  if (from.get_expected_max() > 0) ReadType(from.get_type_name(), option);
  if (!from.get_default_str().empty()) {
    option.about += fmt::format(" [{}]", from.get_default_str());
  }
  return option;
}

}  // namespace

std::span<const Example> Examples() { return kExamples; }

CommandNode ReadTree(const CLI::App& app, const std::string& parents) {
  CommandNode node;
  node.name = app.get_name();
  node.called = parents.empty() ? node.name : parents + " " + node.name;
  node.about = app.get_description();
  node.example = ExampleOf(node.called);
  for (const CLI::Option* option : app.get_options()) node.options.push_back(ReadOption(*option));
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    node.commands.push_back(ReadTree(*command, node.called));
  }
  return node;
}

namespace {

std::string Synopsis(const CommandNode& command) {
  std::string out = command.called;
  if (!command.commands.empty()) out += " COMMAND";
  for (const OptionNode& option : command.options) {
    if (option.required && !option.positional) {
      out += fmt::format(" {} {}", option.names.back(), option.value);
    }
  }
  out += " [options]";
  for (const OptionNode& option : command.options) {
    if (option.positional) {
      const std::string& name = option.names.front();
      out += option.required ? " " + name : " [" + name + "]";
    }
  }
  return out;
}

std::string Line(const std::string& left, std::string_view about) {
  std::string out = "  " + left;
  const std::size_t length = Utf8Length(out);
  out +=
      length + 2 > kColumn ? "\n" + std::string(kColumn, ' ') : std::string(kColumn - length, ' ');
  return out + Wrapped(about, kColumn) + "\n";
}

std::string OptionLine(const OptionNode& option) {
  std::string left = fmt::format("{}", fmt::join(option.names, ", "));
  if (!option.value.empty() && !option.positional) left += " " + option.value;
  return Line(left, option.about + (option.required ? " (needed)" : ""));
}

}  // namespace

std::string HelpText(const CommandNode& command) {
  std::string out = Wrapped(command.about, 0) + "\n\nUsage: " + Synopsis(command) + "\n";
  if (!command.commands.empty()) out += "\nCommands:\n";
  for (const CommandNode& below : command.commands) out += Line(below.name, below.about);
  out += "\nOptions:\n";
  for (const OptionNode& option : command.options) out += OptionLine(option);
  if (!command.example.empty()) out += "\nExample:\n  " + command.example + "\n";
  const bool root = command.called.find(' ') == std::string::npos;
  out +=
      root ? "\n`bauta help COMMAND` tells its options.  These go everywhere.  Manual: bauta man\n"
           : "\n`bauta --help` lists the options that every command takes.\n";
  return out;
}

}  // namespace bauta::cli
