#include "participants/escrow/escrow_service.hpp"
#include "participants/sdk/participant.hpp"

int main(int argc, char** argv) {
  return sagad::participants::run_participant(sagad::participants::escrow_service(), argc, argv);
}
