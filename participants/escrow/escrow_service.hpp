#pragma once

#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// Accounts, and money of theirs that is held until it is settled or released. Integers in the smallest coin.
///
///   POST /v1/holds          {account, amount} -> {hold}     action
///   POST /v1/holds/release                                  its compensation: the saga's own hold of this step
///   POST /v1/holds/settle   {hold, to} -> {hold, amount}    action: pays the hold out
///
/// Invariant: the balances and what is held together change by seeding alone.
service escrow_service();

}  // namespace sagad::participants
