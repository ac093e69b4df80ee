// `bauta completion bash | zsh | fish`: a script for the shell, made from the tree of commands.
//
// The three work alike: they walk over the words so far to the command that is being given (`at`),
// passing over the values of options, and offer what may stand there.
#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/pages.h"

namespace bauta::cli {
namespace {

using Words = std::vector<std::string>;

void ForEach(const CommandNode& command, const std::function<void(const CommandNode&)>& visit) {
  visit(command);
  for (const CommandNode& below : command.commands) ForEach(below, visit);
}

std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string Joined(const Words& words, std::string_view separator = " ") {
  return fmt::format("{}", fmt::join(words, separator));
}

// 'bauta run'|'bauta keys'|...
std::string CommandPattern(const CommandNode& root) {
  Words paths;
  ForEach(root, [&](const CommandNode& command) {
    if (&command != &root) paths.push_back(Quoted(command.called));
  });
  return Joined(paths, "|");
}

bool TakesValue(const OptionNode& option) { return !option.positional && !option.value.empty(); }

// Every option of any command whose value is the next word: that is no command, be it called like
// one.
std::string ValuedPattern(const CommandNode& root) {
  std::set<std::string> names;
  ForEach(root, [&](const CommandNode& command) {
    for (const OptionNode& option : command.options) {
      if (!TakesValue(option)) continue;
      for (const std::string& name : option.names) names.insert("*' " + name + "'");
    }
  });
  return Joined({names.begin(), names.end()}, "|");
}

// How a shell writes what can be chosen: with its meaning, or without.
using Item = std::string (*)(std::string_view word, std::string_view about);

std::string Bare(std::string_view word, std::string_view) { return Quoted(word); }

std::string Described(std::string_view word, std::string_view about) {
  std::string escaped;
  for (const char c : word) escaped += c == ':' ? std::string("\\:") : std::string(1, c);
  return Quoted(fmt::format("{}:{}", escaped, about));
}

std::string OptionItems(const CommandNode& command, Item item) {
  Words items;
  for (const OptionNode& option : command.options) {
    if (option.positional) continue;
    for (const std::string& name : option.names) items.push_back(item(name, option.about));
  }
  return Joined(items);
}

// What may stand where a command or a positional is wanted.
std::string WordItems(const CommandNode& command, Item item) {
  Words items;
  for (const CommandNode& below : command.commands) items.push_back(item(below.name, below.about));
  for (const OptionNode& option : command.options) {
    if (!option.positional) continue;
    for (const std::string& choice : option.choices) items.push_back(item(choice, option.value));
  }
  return Joined(items);
}

bool TakesFiles(const CommandNode& command) {
  for (const OptionNode& option : command.options) {
    if (option.positional && option.takes_file()) return true;
  }
  return false;
}

// `"$at $prev"` where the value of `option` is wanted; the root's go everywhere.
std::string ValuePattern(const CommandNode& root, const CommandNode& command,
                         const OptionNode& option) {
  Words patterns;
  for (const std::string& name : option.names) {
    patterns.push_back(&command == &root ? "*' " + name + "'"
                                         : Quoted(command.called + " " + name));
  }
  return Joined(patterns, "|");
}

// For bash and zsh: what the value of an option may be, then what stands at `at`.
std::string Cases(const CommandNode& root, Item item) {
  std::string values, commands;
  ForEach(root, [&](const CommandNode& command) {
    for (const OptionNode& option : command.options) {
      if (!TakesValue(option)) continue;
      Words choices;
      for (const std::string& choice : option.choices) choices.push_back(Quoted(choice));
      const std::string offer = option.takes_file() ? "_bauta_files; "
                                : choices.empty()   ? ""
                                                    : "_bauta_offer " + Joined(choices) + "; ";
      values += fmt::format("    {}) {}return ;;\n", ValuePattern(root, command, option), offer);
    }
    commands += fmt::format("    {}) options=({}) below=({}){} ;;\n", Quoted(command.called),
                            OptionItems(command, item), WordItems(command, item),
                            TakesFiles(command) ? " files=1" : "");
  });
  return fmt::format("  case \"$at $prev\" in\n{}  esac\n  case \"$at\" in\n{}  esac\n", values,
                     commands);
}

// The mark stands once in `script`.
void Replace(std::string& script, std::string_view mark, std::string_view by) {
  script.replace(script.find(mark), mark.size(), by);
}

std::string Filled(std::string_view shell, const CommandNode& root, Item item) {
  std::string script(shell);
  Replace(script, "@EVERYWHERE@", OptionItems(root, item));
  Replace(script, "@COMMANDS@", CommandPattern(root));
  Replace(script, "@VALUED@", ValuedPattern(root));
  Replace(script, "@CASES@\n", Cases(root, item));
  return script;
}

}  // namespace

std::string BashCompletion(const CommandNode& root) { return Filled(BashTemplate(), root, Bare); }

std::string ZshCompletion(const CommandNode& root) {
  return Filled(ZshTemplate(), root, Described);
}

namespace {

// `complete`'s words for one option: " -s c -l config".
std::string FishNames(const OptionNode& option) {
  std::string out;
  for (const std::string& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return out;
}

std::string FishOption(const OptionNode& option) {
  std::string out = FishNames(option);
  if (option.takes_file()) {
    out += " -r -F";
  } else if (!option.value.empty()) {
    out += " -x";
  }
  if (!option.choices.empty()) out += " -a " + Quoted(Joined(option.choices));
  return out + " -d " + Quoted(option.about);
}

// fish knows \' and \\ inside single quotes, and no other way.
std::string ForFish(std::string script) {
  for (std::size_t at = 0; (at = script.find("'\\''", at)) != std::string::npos; at += 2) {
    script.replace(at, 4, "\\'");
  }
  return script;
}

}  // namespace

std::string FishCompletion(const CommandNode& root) {
  std::string lines;
  ForEach(root, [&](const CommandNode& command) {
    const std::string here =
        fmt::format("complete -c bauta -n '__bauta_at \"{}\"'", command.called);
    for (const CommandNode& below : command.commands) {
      lines += fmt::format("{} -a {} -d {}\n", here, below.name, Quoted(below.about));
    }
    for (const OptionNode& option : command.options) {
      if (!option.positional) {
        lines += (&command == &root ? "complete -c bauta" : here) + FishOption(option) + "\n";
      } else if (option.takes_file()) {
        lines += here + " -F\n";
      } else if (!option.choices.empty()) {
        lines += fmt::format("{} -a {}\n", here, Quoted(Joined(option.choices)));
      }
    }
  });
  Words paths, valued;
  ForEach(root, [&](const CommandNode& command) {
    if (&command != &root) paths.push_back(Quoted(command.called));
    for (const OptionNode& option : command.options) {
      if (!TakesValue(option)) continue;
      for (const std::string& name : option.names) valued.push_back(Quoted("* " + name));
    }
  });
  std::string script(FishTemplate());
  Replace(script, "@COMMANDS@", Joined(paths));
  Replace(script, "@VALUED@", Joined(valued));
  Replace(script, "@LINES@", lines);
  return ForFish(std::move(script));
}

void AddCompletion(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("completion", "Print a script that completes commands and options");
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "The shell that reads it")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, shell] {
    const CommandNode root = ReadTree(app);
    const std::string script = *shell == "bash"  ? BashCompletion(root)
                               : *shell == "zsh" ? ZshCompletion(root)
                                                 : FishCompletion(root);
    fmt::print("{}", script);
  });
}

}  // namespace bauta::cli
