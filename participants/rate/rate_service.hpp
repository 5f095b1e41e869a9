#pragma once

#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// What items sell for. Each sale is an event that is never changed; the rates are a projection of the events, written
/// in the same transaction and at any time to be built again from them.
///
///   POST /v1/sales             {item, quantity, price} -> {rate}   action, price of one in the smallest coin
///   GET  /v1/items/{item}/rate
///   POST /admin/rebuild        builds the projection from the events
service rate_service();

}  // namespace sagad::participants
