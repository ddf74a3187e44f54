//! counterfoil-api
