//! The provider's two published signature samples, recomputed before the stand-in takes requests:
//! a witness that cannot sign must not testify.

use serde_json::{Map, Value};

use super::signature::{Spelling, hmac_hex, request_string};
use super::switches::Signing;

/// The secret printed on the Authentication page: 24 bytes, the first one a double quote.
const PUBLISHED_SECRET: &str = "\"9f*u/[`tt*.*k725X;u&Zkz";

struct Sample {
    page: &'static str,
    parameters: &'static str,
    hmac: &'static str,
}

const SAMPLES: [Sample; 2] = [
    Sample {
        page: "Authentication",
        parameters: r#"{"amount":"300.00","api_key":"IHEu22iGjmDokj72aCRVl5Ol",
            "success_url":"http://www.supplier.com/success/",
            "failure_url":"http://www.supplier.com/failure/",
            "preferred_product_type":"paylater","currency":"GBP","order_reference":"26352",
            "first_name":"John","last_name":"Smith","product_description":[
            {"item":"Pirelli Cinturato P7 Tyre","quantity":"2","price":"150.00"},
            {"item":"Pirelli Cinturato P8 Tyre","quantity":"1","price":"150.00"}],
            "email":"john@smith.com","product_id":"4","mobile":"0778879989",
            "vehicle_reg":"XYZ1234","flat_number":"23","building_name":"ABC Building",
            "building_number":"39","street":"DEF way","town":"Southampton","county":"Hampshire",
            "postcode":"SO14 3AB","country":"UK","send_sms":false,"send_email":false}"#,
        hmac: "8be9b278125a4fa15c2af43f28307d2af90ec4c1e8f52c096b0652a1b66d49c7",
    },
    Sample {
        page: "Redirect Flow",
        parameters: r#"{"redirect_url":"https://www.bumper.co/"}"#,
        hmac: "f13edc50d2df8729d84d5acd97b12298157014efca10139e494c5dd9be460910",
    },
];

/// Recomputes both samples; the error names the page whose sample does not come out.
pub(crate) fn run() -> Result<(), &'static str> {
    let signing = Signing::default();
    let spelling = Spelling { null: signing.null, nested: signing.nested };
    for sample in &SAMPLES {
        let parameters: Map<String, Value> =
            serde_json::from_str(sample.parameters).map_err(|_| sample.page)?;
        let string = request_string(&parameters, spelling);
        if hmac_hex(PUBLISHED_SECRET, &string) != sample.hmac {
            return Err(sample.page);
        }
    }
    Ok(())
}
