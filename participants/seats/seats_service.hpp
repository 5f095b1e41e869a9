#pragma once

#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// Seats of shows, each taken once.
///
///   POST /v1/seats       {show, seat} -> {show, seat}   action
///   POST /v1/seats/back                                 its compensation: the seat that this step took
service seats_service();

}  // namespace sagad::participants
