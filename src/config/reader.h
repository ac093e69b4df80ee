// Walks the tree of all sources by the table of options: refuses what is not in it, interpolates
// and checks each scalar.  Private to config/.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "config/yaml.h"

namespace bauta::config {

struct Scalar {
  std::string text;
  std::string origin;
  bool valid = true;     // False if a problem about it has been reported: read the default.
  bool quotable = true;  // False if the text came from a variable or a file: never in a message.
  bool secret = false;
};

class Reader {
 public:
  // Both must outlive this.
  Reader(const Sources& sources, std::string_view text) : sources_(sources), text_(text) {}

  // Reports all that is wrong with single keys and values.
  void Walk(const Node& root);

  // Null if no source says it.
  const Scalar* Find(std::string_view path) const;
  // The valid text of `path`, or its option's default.
  std::string Text(std::string_view path) const;
  bool Has(std::string_view path) const { return Find(path) != nullptr; }
  const std::vector<std::string>& columns() const { return columns_; }
  bool has_column() const { return has_column_; }  // Be it a broken one.
  Place PlaceOf(std::string_view path) const;

  void Report(std::string_view code, std::string_view path, std::string message,
              std::string hint = {});
  void Warn(std::string_view code, std::string_view path, std::string message,
            std::string hint = {});
  void Add(Problem problem) { problems_.push_back(std::move(problem)); }

  std::vector<Problem>& problems() { return problems_; }
  std::vector<Loaded::Where> TakePlaces();

 private:
  struct Spot {
    Place place;
    std::string label;
  };
  void WalkMap(const Node& map, const std::string& path, const std::string& pattern);
  void WalkEntry(const Entry& entry, const std::string& path, const std::string& pattern);
  void Unknown(const Entry& entry, const std::string& path, const std::string& pattern);
  void ReadScalar(const Node& node, const std::string& path, const Option& option);
  void CheckValue(const Option& option, const std::string& path, Scalar& scalar);
  void CheckQuantity(const Option& option, const std::string& path, Scalar& scalar);
  void CheckChoice(const Option& option, const std::string& path, Scalar& scalar);
  void Refuse(std::string_view code, const std::string& path, Scalar& scalar, std::string message,
              std::string hint = {});
  Problem Make(const Spot& spot, std::string_view code, std::string_view path, std::string message,
               std::string hint) const;
  Spot SpotOf(std::string_view path) const;

  const Sources& sources_;
  const std::string_view text_;
  std::map<std::string, Scalar, std::less<>> scalars_;
  std::map<std::string, Spot, std::less<>> spots_;  // Of keys; a scalar's is that of its value.
  std::vector<std::string> columns_;                // In config order.
  bool has_column_ = false;
  std::vector<Problem> problems_;
};

// RFC 6901, but for the empty one.
bool IsPointer(std::string_view text);
// What SQS takes: letters, digits, '_', '-' and '.', up to 256.
bool IsAttributeName(std::string_view text);
// One of the words that Options() has for it.
OnLeak ParseOnLeak(std::string_view word);

// Columns of the config, in its order; reports what is wrong with each as a whole.
std::vector<ColumnRule> ReadColumns(Reader& reader);

}  // namespace bauta::config
