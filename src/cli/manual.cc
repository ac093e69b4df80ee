// `bauta man`: the manual page, made from the tree of commands.
#include "cli/manual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <string_view>

#include "cli/command.h"

namespace bauta::cli {
namespace {

struct Entry {
  std::string_view name, meaning;
};

constexpr auto kExitCodes = std::to_array<Entry>({
    {"0", "Done; also after SIGINT or SIGTERM, once everything in hand is committed."},
    {"1",
     "Failed while running; also: not drained within shutdown.grace, or stopped above "
     "quarantine.stop_above; a case of bauta test failed."},
    {"2",
     "Usage, invalid config, or an answer that shows the config is wrong: missing table or queue, "
     "wrong password, key or schema version."},
    {"3",
     "Queue or database could not be reached before the first batch, after --wait.  Later outages "
     "are waited out."},
    {"4", "Done, but events were quarantined and --fail-on-quarantine was given."},
    {"N", "There was nothing to do and --empty-exit-code N was given."},
    {"128 + n", "A second signal n ended it at once; or the first, before a demo's run began."},
});

constexpr auto kEnvironment = std::to_array<Entry>({
    {"BAUTA_CONFIG", "The config file, where -c names none."},
    {"BAUTA__SOURCE__SQS__QUEUE", "The key source.sqs.queue; any other key likewise."},
    {"BAUTA_IDENTITY",
     "The identity file that opens what is sealed, where --identity names none; `erase` and "
     "`subject export`, which can do without, want --identity."},
    {"DATABASE_URL, PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSERVICE, PGPASSFILE",
     "The database, where the config leaves it open."},
    {"AWS_REGION, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL, AWS_PROFILE, AWS_ACCESS_KEY_ID, "
     "AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
     "Queue and credentials, as for every AWS client."},
    {"NO_COLOR", "No colours."},
});

constexpr auto kFiles = std::to_array<Entry>({
    {"bauta.yaml", "The config, in the current folder.  Relative paths in it start at its folder."},
    {"keyring.json", "Token keys and recipients.  Keep it as you keep a password, mode 0600."},
    {"identity-q1.json", "Opens the quarantine.  Belongs on another host, or in a safe."},
    {"identity-v1.json", "As that, for the vault: bauta reveal."},
});

// Text that roff takes for nothing else.
std::string Escaped(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out = "\\&";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else {
      out += c == '\n' ? ' ' : c;
    }
  }
  return out;
}

std::string Bold(std::string_view text) { return "\\fB" + Escaped(text) + "\\fR"; }
std::string Italic(std::string_view text) { return "\\fI" + Escaped(text) + "\\fR"; }

std::string Section(std::string_view title) { return fmt::format(".SH {}\n", title); }

template <std::size_t n>
std::string Entries(std::string_view title, const std::array<Entry, n>& entries) {
  std::string out = Section(title);
  for (const Entry& e : entries) {
    out += fmt::format(".TP\n{}\n{}\n", Bold(e.name), Escaped(e.meaning));
  }
  return out;
}

std::string Option(const OptionNode& option) {
  std::string names;
  for (const std::string& name : option.names) {
    names += (names.empty() ? "" : ", ") + (option.positional ? Italic(name) : Bold(name));
  }
  if (!option.positional && !option.value.empty()) names += " " + Italic(option.value);
  return fmt::format(".TP\n{}\n{}{}\n", names, Escaped(option.about),
                     option.required ? " (needed)" : "");
}

std::string Options(const CommandNode& command) {
  std::string out;
  for (const OptionNode& option : command.options) {
    if (option.names.back() != "--help") out += Option(option);
  }
  return out;
}

std::string Commands(const CommandNode& command) {
  std::string out;
  for (const CommandNode& below : command.commands) {
    out += fmt::format(".SS {}\n{}.\n", Escaped(below.called), Escaped(below.about));
    out += Options(below);
    if (!below.example.empty()) {
      out += fmt::format(".PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", Escaped(below.example));
    }
    out += Commands(below);
  }
  return out;
}

}  // namespace

std::string ManualPage(const CommandNode& root) {
  return fmt::format(".TH BAUTA 1 \"\" \"bauta {}\" \"User Commands\"\n", BAUTA_VERSION) +
         Section("NAME") + "bauta \\- messages from SQS become rows in PostgreSQL, masked\n" +
         Section("SYNOPSIS") + Bold("bauta") + " " + Italic("COMMAND") + " [" + Italic("options") +
         "]\n" + Section("DESCRIPTION") + Escaped(root.about) + "\n" +
         Section("OPTIONS OF EVERY COMMAND") + Options(root) + Section("COMMANDS") +
         Commands(root) + Entries("EXIT STATUS", kExitCodes) +
         Entries("ENVIRONMENT", kEnvironment) + Entries("FILES", kFiles);
}

void AddMan(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("man", "Print the manual page: bauta man | man -l -");
  command->callback([&app] { fmt::print("{}", ManualPage(ReadTree(app))); });
}

}  // namespace bauta::cli
