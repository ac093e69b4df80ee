#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "core/arena.h"
#include "core/message.h"
#include "core/original.h"
#include "core/reason.h"
#include "core/row.h"

namespace bauta {

namespace sealing {
class Sealer;
}

// Bytes in clear that may leave the process only sealed: a message's body and attributes.
// Carried through the sink, which alone knows what was refused, but readable only by sealing/.
class Sealable {
 public:
  // Where an event stands in a body of several.
  struct Part {
    std::size_t begin, size;
  };

  // With `parts` each event is sealed alone, without its neighbours.
  Sealable(std::string attributes, std::string body, std::string system = "{}",
           std::vector<Part> parts = {})
      : attributes_(std::move(attributes)), body_(std::move(body)) {
    if (system == "{}" && parts.empty()) return;
    further_ = std::make_unique<const Further>(Further{std::move(system), std::move(parts)});
  }
  Sealable(Sealable&&) = default;
  Sealable& operator=(Sealable&&) = default;
  std::size_t size() const {
    return attributes_.size() + body_.size() + (further_ ? further_->system.size() : 0);
  }

 private:
  friend class sealing::Sealer;
  // What few messages have: the others shall be small.
  struct Further {
    std::string system;  // System attributes: a JSON object.
    std::vector<Part> parts;
  };
  std::string attributes_;  // A JSON object.
  std::string body_;
  std::unique_ptr<const Further> further_;
};

// One delivered message, as far as a Sink may see it.
struct Delivery {
  LedgerKey key;
  std::string_view id;  // As the queue gave it; in the batch's arena.
  int receive_count;
  Sealable body;
  std::string_view group = {};  // Of a FIFO queue, in the batch's arena; else empty.
};

// Why an event cannot be a row.  The texts live as long as mapper and sink.
struct Refusal {
  Reason reason;
  std::string_view column;  // The target column, or empty if it is the whole event.
  // With kConstraint, what the server said; the constraint may be unnamed.
  std::string_view sqlstate = {}, constraint = {};
};

// The producer's own id of an event, and which event it was given to: keyed hashes of both
// (docs/formats/event-key.md).
struct EventKey {
  Uuid key;
  std::array<std::uint8_t, 16> body_tag{};
  auto operator<=>(const EventKey&) const = default;
};

// One event of a delivery: a row or a refusal, exactly one of them.
struct Event {
  std::uint32_t delivery;  // Index into Batch::deliveries.
  std::uint32_t item = 0;  // Index of the event in its message's body.
  std::optional<Row> row;
  std::optional<Refusal> refusal;
  std::optional<EventKey> key = {};  // Of a row, where the config says exactly_once.key.
  std::uint32_t raw_tokens = 0;      // Of a row: values that `on_invalid: raw` let in.
  // The token of the person that a row is about, where the config says subject; in the batch's
  // arena, else empty.
  std::string_view subject = {};
};

// What stands in clear in a row and looks like personal data.  The texts live as long as the
// mapper.
struct Leak {
  std::string_view column, looks_like;  // "an e-mail address"
};

// While keys rotate: the token of a row, and the one that the old key would have given to the same
// value.  The texts live as long as the batch; the domain may be the mapper's.
struct Alias {
  std::uint32_t event;  // Index into Batch::events.
  std::string_view old_token, new_token, domain;
};

// Events that commit together.  A delivery's events stand together and in order.
// Movable; one thread at a time.
struct Batch {
  std::string kid;  // Of the key that made its tokens; empty: no key's end concerns them.
  Arena arena;
  std::vector<Delivery> deliveries;
  std::vector<Event> events;
  std::vector<Original> originals;      // For the vault; by event.  Those without a row count not.
  std::vector<Leak> leaks;              // That the mapper came upon, and let pass.
  std::vector<Alias> aliases;           // Likewise, for the table of aliases.
  std::vector<std::uint32_t> rejected;  // Events that the last Write made refusals of: kRejected.
  // Deliveries that the last Write left for later, with those that follow them in their groups;
  // sorted.
  std::vector<std::uint32_t> aside;
  bool hurried = false;  // A Write hardly waits for keys in others' hands.
  // The last Write refused it, for its key has been retired since: its messages are to be mapped
  // again.
  bool outlived = false;

  std::size_t bytes() const;  // Of bodies and rows.
};

// Marks also what follows a marked delivery in its group: nothing may overtake it.
void MarkFollowers(const std::vector<Delivery>& deliveries, std::vector<bool>& marked);

// The deliveries with a refusal that were received so often at least, and what follows them in
// their groups; sorted.
std::vector<std::uint32_t> HeldUpByRefusals(const Batch& batch, int receive_count = 1);

// Moves what `from` has aside to the end of `to`, with all it needs: `from` may go.  Into an empty
// one, or one of the same key.
void TakeAside(Batch& from, Batch& to);

// What became of an event.  kDuplicate: another message brought the same event before, as its key
// tells.  kRedelivered: its message was in the ledger already (or twice in this
// batch), so the event has had its fate before and is not counted again.  kNone: its delivery was
// left for later.
enum class Fate : std::uint8_t { kInserted, kDuplicate, kQuarantined, kRedelivered, kNone };

// What a Sink did with a batch.
struct Written {
  std::vector<Fate> fates;        // One for each event.
  std::vector<Refusal> refusals;  // For each kQuarantined event, in order: why.
  std::size_t redelivered = 0;    // Deliveries whose message was in the ledger already.
};

// Event::raw_tokens of the rows that were inserted.
std::uint64_t RawTokensInserted(const Batch& batch, const Written& written);

}  // namespace bauta
