#include "cli/command_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/manual.h"

namespace bauta::cli {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class CommandTreeTest : public ::testing::Test {
 protected:
  CommandTreeTest() : app_("What it is", "bauta") {
    AddCommands(app_, context_);
    root_ = ReadTree(app_);
  }

  void ForEach(const CommandNode& command, const std::function<void(const CommandNode&)>& visit) {
    visit(command);
    for (const CommandNode& below : command.commands) ForEach(below, visit);
  }
  const CommandNode& Find(std::string_view called) {
    const CommandNode* found = nullptr;
    ForEach(root_, [&](const CommandNode& command) {
      if (command.called == called) found = &command;
    });
    EXPECT_NE(found, nullptr) << called;
    return *found;
  }

  Context context_;
  CLI::App app_;
  CommandNode root_;
};

std::set<std::string> OptionNames(const CommandNode& command) {
  std::set<std::string> names;
  for (const OptionNode& option : command.options) {
    names.insert(option.names.begin(), option.names.end());
  }
  return names;
}

TEST_F(CommandTreeTest, EveryCommandThatDoesSomethingHasAnExampleThatItTakes) {
  std::set<std::string> called;
  ForEach(root_, [&](const CommandNode& command) {
    if (!command.commands.empty()) return;
    called.insert(command.called);
    EXPECT_THAT(command.example, HasSubstr(command.called));
    std::set<std::string> known = OptionNames(command);
    known.merge(OptionNames(root_));
    std::istringstream words(command.example);
    for (std::string word; words >> word;) {
      if (word.starts_with('-')) EXPECT_THAT(known, Contains(word)) << command.example;
    }
    for (const OptionNode& option : command.options) {
      if (option.required && !option.positional) {
        EXPECT_THAT(command.example, HasSubstr(option.names.back() + " ")) << command.called;
      }
    }
  });
  std::set<std::string> examples;
  for (const Example& example : Examples()) examples.emplace(example.called);
  EXPECT_EQ(examples, called);
}

TEST_F(CommandTreeTest, EveryCommandAndOptionSaysWhatItIs) {
  ForEach(root_, [&](const CommandNode& command) {
    EXPECT_FALSE(command.about.empty()) << command.called;
    for (const OptionNode& option : command.options) {
      EXPECT_FALSE(option.about.empty()) << command.called << " " << option.names.front();
    }
  });
}

TEST_F(CommandTreeTest, ReadsWhatAnOptionTakes) {
  const auto option = [&](std::string_view called, const std::string& name) {
    for (const OptionNode& o : Find(called).options) {
      if (std::count(o.names.begin(), o.names.end(), name) > 0) return o;
    }
    ADD_FAILURE() << called << " has no " << name;
    return OptionNode();
  };
  EXPECT_EQ(option("bauta", "-o").value, "text|json");
  EXPECT_EQ(option("bauta", "--output").choices, (std::vector<std::string>{"text", "json"}));
  EXPECT_TRUE(option("bauta", "--config").takes_file());
  EXPECT_EQ(option("bauta", "--quiet").value, "");
  EXPECT_EQ(option("bauta run", "--workers").value, "N");
  EXPECT_THAT(option("bauta run", "--workers").about, HasSubstr("1 - 64"));
  EXPECT_EQ(option("bauta queue serve", "--listen").value, "HOST:PORT");
  EXPECT_TRUE(option("bauta quarantine replay", "--reason").required);
  EXPECT_THAT(option("bauta quarantine list", "--reason-code").choices, Contains("wrong_type"));
  EXPECT_TRUE(option("bauta queue load", "QUEUE").positional);
  EXPECT_THAT(option("bauta explain", "CODE").choices, Contains("E012"));
}

// The walk over the words passes over the value of an option by the option's name alone.
TEST_F(CommandTreeTest, NoNameIsAFlagHereAndTakesAValueThere) {
  std::set<std::string> flags, valued;
  ForEach(root_, [&](const CommandNode& command) {
    for (const OptionNode& option : command.options) {
      if (option.positional) continue;
      (option.value.empty() ? flags : valued).insert(option.names.begin(), option.names.end());
    }
  });
  for (const std::string& name : flags) EXPECT_FALSE(valued.contains(name)) << name;
}

TEST_F(CommandTreeTest, EverythingIsInEveryScriptAndInTheManual) {
  const std::string bash = BashCompletion(root_), zsh = ZshCompletion(root_),
                    fish = FishCompletion(root_), manual = ManualPage(root_);
  for (const std::string& script : {bash, zsh, fish, manual}) {
    EXPECT_THAT(script,
                Not(AnyOf(HasSubstr("@CASES@"), HasSubstr("@COMMANDS@"), HasSubstr("@VALUED@"),
                          HasSubstr("@LINES@"), HasSubstr("@EVERYWHERE@"))));
  }
  ForEach(root_, [&](const CommandNode& command) {
    if (&command == &root_) return;
    EXPECT_THAT(bash, HasSubstr("'" + command.called + "'"));
    EXPECT_THAT(zsh, HasSubstr("'" + command.called + "'"));
    EXPECT_THAT(fish, HasSubstr("'" + command.called + "'"));
    const std::string heading = std::regex_replace(command.called, std::regex("-"), "\\-");
    EXPECT_THAT(manual, HasSubstr("\n.SS " + heading + "\n"));
    for (const OptionNode& option : command.options) {
      for (const std::string& name : option.names) {
        if (option.positional || name.size() < 3) continue;
        EXPECT_THAT(bash, HasSubstr("'" + name + "'"));
        EXPECT_THAT(zsh, HasSubstr("'" + name + ":"));
        EXPECT_THAT(fish, HasSubstr(" -l " + name.substr(2) + " "));
      }
    }
  });
}

TEST_F(CommandTreeTest, HelpStaysWithinAScreen) {
  ForEach(root_, [&](const CommandNode& command) {
    std::istringstream lines(HelpText(command));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("  bauta ")) continue;  // An example is one line to copy.
      EXPECT_LE(line.size(), 92u) << line;
    }
  });
}

}  // namespace
}  // namespace bauta::cli
