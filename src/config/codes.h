// The codes of what can be wrong with a setup: stable for good, each with a section of
// docs/problems.md.  E0xx stops, W0xx does not.
#pragma once

#include <array>
#include <string_view>

namespace bauta::config {

struct CodeInfo {
  std::string_view code, title;
};

namespace codes {
inline constexpr std::string_view kUnreadable = "E001";
inline constexpr std::string_view kNotYaml = "E002";
inline constexpr std::string_view kNoConfig = "E003";
inline constexpr std::string_view kBadOverride = "E004";
inline constexpr std::string_view kMissing = "E010";
inline constexpr std::string_view kDuplicate = "E011";
inline constexpr std::string_view kUnknownKey = "E012";
inline constexpr std::string_view kNotBuilt = "E013";
inline constexpr std::string_view kWrongType = "E014";
inline constexpr std::string_view kNotAChoice = "E015";
inline constexpr std::string_view kOutOfRange = "E016";
inline constexpr std::string_view kBadQuantity = "E017";
inline constexpr std::string_view kBadName = "E018";
inline constexpr std::string_view kUndefined = "E020";
inline constexpr std::string_view kBadInterpolation = "E021";
inline constexpr std::string_view kSecretFile = "E022";
inline constexpr std::string_view kNoOrigin = "E030";
inline constexpr std::string_view kBadPointer = "E031";
inline constexpr std::string_view kNeedsMask = "E032";
inline constexpr std::string_view kFewBits = "E033";
inline constexpr std::string_view kBadDomain = "E034";
inline constexpr std::string_view kContradiction = "E035";
inline constexpr std::string_view kUnconfirmed = "E036";
inline constexpr std::string_view kKeyRing = "E040";
inline constexpr std::string_view kNoRecipient = "E041";
inline constexpr std::string_view kUnknownRecipient = "E042";
inline constexpr std::string_view kNoVaultRecipient = "E043";
inline constexpr std::string_view kUnknownVaultRecipient = "E044";
inline constexpr std::string_view kSelfTest = "E045";
inline constexpr std::string_view kKmsAway = "E046";
inline constexpr std::string_view kQueue = "E050";
inline constexpr std::string_view kQueueAway = "E051";
inline constexpr std::string_view kQueueDenied = "E052";
inline constexpr std::string_view kDatabase = "E060";
inline constexpr std::string_view kDatabaseAway = "E061";
inline constexpr std::string_view kTable = "E062";
inline constexpr std::string_view kMapping = "E063";
inline constexpr std::string_view kSchema = "E064";
inline constexpr std::string_view kRegistry = "E065";
inline constexpr std::string_view kNotDurable = "E066";
inline constexpr std::string_view kPrivilege = "E067";
inline constexpr std::string_view kVault = "E068";
inline constexpr std::string_view kRequiredWithDefault = "W001";
inline constexpr std::string_view kLossy = "W002";
inline constexpr std::string_view kDeadLetters = "W003";
inline constexpr std::string_view kNoTableYet = "W004";
inline constexpr std::string_view kExcess = "W005";
inline constexpr std::string_view kHeld = "W006";
inline constexpr std::string_view kReversible = "W007";
inline constexpr std::string_view kDeadLettersAge = "W008";
inline constexpr std::string_view kShortVisibility = "W009";
inline constexpr std::string_view kLongRetention = "W010";
inline constexpr std::string_view kSwallowsEqual = "W011";
inline constexpr std::string_view kOtherRegion = "W012";
inline constexpr std::string_view kBlockedLong = "W013";
}  // namespace codes

inline constexpr auto kCodes = std::to_array<CodeInfo>({
    {codes::kUnreadable, "The config file cannot be read"},
    {codes::kNotYaml, "The config file is not YAML that Bauta takes"},
    {codes::kNoConfig, "There is no config file"},
    {codes::kBadOverride, "A --set or BAUTA__ override cannot be read"},
    {codes::kMissing, "A key that is needed is missing"},
    {codes::kDuplicate, "A key stands twice"},
    {codes::kUnknownKey, "Unknown key"},
    {codes::kNotBuilt, "Not in this version"},
    {codes::kWrongType, "Wrong type"},
    {codes::kNotAChoice, "Not one of the values allowed"},
    {codes::kOutOfRange, "Out of range"},
    {codes::kBadQuantity, "A duration, size or share that cannot be read"},
    {codes::kBadName, "Not a name"},
    {codes::kUndefined, "An undefined variable"},
    {codes::kBadInterpolation, "An interpolation that cannot be read"},
    {codes::kSecretFile, "A file named by ${file:...} cannot be read"},
    {codes::kNoOrigin, "A column that comes from nowhere"},
    {codes::kBadPointer, "Not a JSON Pointer"},
    {codes::kNeedsMask, "An option that the column's mask does not have"},
    {codes::kFewBits, "A token of fewer than 128 bits"},
    {codes::kBadDomain, "A domain that is missing or not one"},
    {codes::kContradiction, "Options that contradict each other"},
    {codes::kUnconfirmed, "A mask that anybody can reverse, and nobody has said yes to"},
    {codes::kKeyRing, "The key ring does not load"},
    {codes::kNoRecipient, "No quarantine recipient"},
    {codes::kUnknownRecipient, "The quarantine recipient is not in the key ring"},
    {codes::kNoVaultRecipient, "A vault for nobody"},
    {codes::kUnknownVaultRecipient, "The vault's recipient is not in the key ring"},
    {codes::kSelfTest, "The cryptographic libraries give wrong answers"},
    {codes::kKmsAway, "AWS KMS does not answer"},
    {codes::kQueue, "The queue refuses"},
    {codes::kQueueAway, "The queue does not answer"},
    {codes::kQueueDenied, "A permission on the queue is missing"},
    {codes::kDatabase, "The database refuses"},
    {codes::kDatabaseAway, "The database does not answer"},
    {codes::kTable, "The target table cannot be used"},
    {codes::kMapping, "A column and the table do not fit"},
    {codes::kSchema, "Schema bauta is missing or of another version"},
    {codes::kRegistry, "Keys or masks differ from what the database has on record"},
    {codes::kNotDurable, "The database does not keep what it acknowledges"},
    {codes::kPrivilege, "The database user lacks a privilege"},
    {codes::kVault, "The vault cannot be written"},
    {codes::kRequiredWithDefault, "required beside a default"},
    {codes::kLossy, "A reading that loses something"},
    {codes::kDeadLetters, "The queue has no dead-letter queue"},
    {codes::kNoTableYet, "The target table is not there yet"},
    {codes::kExcess, "The database user may do more than a run needs"},
    {codes::kHeld, "The quarantine holds events"},
    {codes::kReversible, "A mask that anybody can reverse"},
    {codes::kDeadLettersAge, "Dead letters that do not last"},
    {codes::kShortVisibility, "A visibility timeout that is too short"},
    {codes::kLongRetention, "The queue remembers longer than the ledger"},
    {codes::kSwallowsEqual, "A queue that drops equal events"},
    {codes::kOtherRegion, "The queue is in another region"},
    {codes::kBlockedLong, "Nothing ends the wait of a blocked group"},
});

}  // namespace bauta::config
