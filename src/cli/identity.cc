#include "cli/identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "keys/identity.h"
#include "keys/key_file.h"

namespace bauta::cli {
namespace {

constexpr std::size_t kLongest = 1024;
constexpr unsigned char kCtrlC = 3;

// The terminal without echo, put back at the end.  Ctrl-C ends the line instead of the process,
// which would leave the terminal mute.
class MutedTerminal {
 public:
  MutedTerminal() : file_(open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (file_ < 0 || tcgetattr(file_, &before_) != 0) return;
    termios muted = before_;
    muted.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    muted.c_cc[VEOL] = kCtrlC;
    good_ = tcsetattr(file_, TCSAFLUSH, &muted) == 0;
  }
  ~MutedTerminal() {
    if (good_) tcsetattr(file_, TCSAFLUSH, &before_);
    if (file_ >= 0) close(file_);
  }
  MutedTerminal(const MutedTerminal&) = delete;
  MutedTerminal& operator=(const MutedTerminal&) = delete;

  bool good() const { return good_; }
  void Say(std::string_view text) const {
    if (write(file_, text.data(), text.size()) < 0) return;  // Then nobody sees the question.
  }
  // Into locked memory at once.
  ssize_t ReadLine(crypto::SecretBytes& line) const {
    return read(file_, line.writable().data(), line.size());
  }

 private:
  int file_;
  termios before_{};
  bool good_ = false;
};

std::string_view View(const crypto::SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size()};
}

// Up to the end of the first line.
crypto::SecretBytes FirstLine(std::string_view text) {
  return crypto::SecretBytes::CopyOf(text.substr(0, text.find_first_of("\r\n")));
}

Result<crypto::SecretBytes> AskOnTerminal(const Context& context, const std::string& what) {
  const char* const kHelp = "give --passphrase-file FILE";
  if (context.no_input) return ConfigError("the passphrase of " + what + " is needed", kHelp);
  const MutedTerminal terminal;
  if (!terminal.good())
    return ConfigError("there is no terminal to ask for the passphrase of " + what, kHelp);
  terminal.Say(fmt::format("Passphrase of {}: ", what));
  crypto::SecretBytes line(kLongest);
  const ssize_t size = terminal.ReadLine(line);
  terminal.Say("\n");
  const std::string_view text = View(line).substr(0, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (text.empty() || text.find(static_cast<char>(kCtrlC)) != std::string_view::npos)
    return ConfigError("no passphrase was given", kHelp);
  return FirstLine(text);
}

}  // namespace

Result<OpenedIdentity> OpenIdentity(const Context& context, const std::string& file,
                                    const std::string& passphrase_file) {
  const char* const variable = std::getenv("BAUTA_IDENTITY");
  const std::string path = !file.empty() ? file : variable != nullptr ? variable : "";
  if (path.empty()) {
    return ConfigError("what is in the quarantine is sealed: the identity that opens it is needed",
                       "give --identity FILE or set BAUTA_IDENTITY (keys generate made it: "
                       "identity-q1.json)");
  }
  const auto ask = [&]() -> Result<crypto::SecretBytes> {
    if (passphrase_file.empty()) return AskOnTerminal(context, path);
    const crypto::SecretBytes content = TRY(keys::ReadKeyFile(passphrase_file));
    return FirstLine(View(content));
  };
  OpenedIdentity identity;
  identity.secret = TRY(keys::OpenIdentity(path, keys::Purpose::kQuarantine, ask, &identity.id));
  return identity;
}

}  // namespace bauta::cli
