#include "cli/passphrase.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <string_view>

#include "base/bytes.h"
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

// Up to the end of the first line.
crypto::SecretBytes FirstLine(std::string_view text) {
  return crypto::SecretBytes::CopyOf(text.substr(0, text.find_first_of("\r\n")));
}

constexpr char kHelp[] = "give --passphrase-file FILE";

}  // namespace

Result<crypto::SecretBytes> AskPassphrase(const Context& context, const std::string& question) {
  if (context.no_input) return ConfigError("a passphrase is needed: " + question, kHelp);
  crypto::SecretBytes line(kLongest);
  ssize_t size = 0;
  {
    const MutedTerminal terminal;
    if (!terminal.good()) {
      return ConfigError("there is no terminal to ask on: " + question, kHelp);
    }
    terminal.Say(question + ": ");
    size = terminal.ReadLine(line);
    terminal.Say("\n");
  }
  const std::string_view text =
      AsText(line.bytes()).substr(0, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (text.find(static_cast<char>(kCtrlC)) != std::string_view::npos) _exit(128 + SIGINT);
  crypto::SecretBytes passphrase = FirstLine(text);
  if (passphrase.size() == 0) return ConfigError("no passphrase was given", kHelp);
  return passphrase;
}

Result<crypto::SecretBytes> ReadPassphraseFile(const std::string& path) {
  const crypto::SecretBytes content =
      TRY(keys::ReadKeyFile(path, "name the right one with --passphrase-file"));
  crypto::SecretBytes passphrase = FirstLine(AsText(content.bytes()));
  if (passphrase.size() == 0) {
    return ConfigError("passphrase file " + path + ": its first line is empty",
                       "put the passphrase on the first line");
  }
  return passphrase;
}

namespace {

Result<crypto::SecretBytes> AskTwice(const Context& context) {
  Result<crypto::SecretBytes> first = AskPassphrase(context, "Passphrase for the new identities");
  if (!first.ok()) {
    return Error{first.error().code, first.error().message,
                 "give --passphrase-file FILE, or --no-passphrase for a trial (the identities then "
                 "lie in clear)"};
  }
  const crypto::SecretBytes again = TRY(AskPassphrase(context, "The same again"));
  if (!std::ranges::equal(first->bytes(), again.bytes())) {
    return ConfigError("the two passphrases differ", "nothing was written; start again");
  }
  return first;
}

}  // namespace

Result<std::optional<crypto::SecretBytes>> ChoosePassphrase(const Context& context,
                                                            const std::string& file, bool none) {
  if (none) return std::optional<crypto::SecretBytes>();
  Result<crypto::SecretBytes> passphrase =
      file.empty() ? AskTwice(context) : ReadPassphraseFile(file);
  if (!passphrase.ok()) return passphrase.error();
  return std::optional(std::move(*passphrase));
}

}  // namespace bauta::cli
