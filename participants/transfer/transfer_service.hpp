#pragma once

#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// Who owns how many of which item, and items reserved for somebody until they are delivered or released.
///
///   POST /v1/reservations          {item, quantity, from, to} -> {reservation}   action
///   POST /v1/reservations/release                                                its compensation
///   POST /v1/reservations/deliver  {reservation} -> {reservation, quantity}      action
///
/// Invariant: of each item, what is owned and what is reserved together change by seeding alone.
service transfer_service();

}  // namespace sagad::participants
