//! The account's own numbers: list, buy, fetch, and say what is asked when one is called.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Request;
use crate::config::Account;
use crate::journal::lock;
use crate::twilio::create::is_e164;
use crate::twilio::error::ApiError;
use crate::twilio::form::Form;
use crate::twilio::listing::Page;
use crate::twilio::number::IncomingNumber;

impl Request {
    pub(super) fn list_numbers(&self, account: &Account) -> Result<Response, ApiError> {
        self.readable()?;
        let (query, mut form) = self.query();
        let number = form.text("PhoneNumber");
        let page = Page::read(&mut form)?;
        self.all_known(&form)?;
        let numbers = lock(&self.net.numbers);
        let own = numbers.iter().filter(|own| {
            own.account_sid == account.sid && number.as_ref().is_none_or(|number| own.number.contains(number))
        });
        let all = own.map(IncomingNumber::resource).collect();
        Ok(Json(page.render("incoming_phone_numbers", self.uri.path(), query, all)).into_response())
    }

    pub(super) fn buy_number(&self, account: &Account) -> Result<Response, ApiError> {
        let mut form = Form::read(&self.headers, &self.body)?;
        let invalid = || ApiError::bad(21421, "PhoneNumber is invalid");
        let number = form.text("PhoneNumber").filter(|number| is_e164(number)).ok_or_else(invalid)?;
        let mut bought = IncomingNumber::new(self.net.sid("PN"), account, &number);
        bought.update(&mut form)?;
        self.all_known(&form)?;
        let mut numbers = lock(&self.net.numbers);
        if numbers.iter().any(|own| own.number == number) {
            return Err(ApiError::bad(21422, format!("{number} is not available.")));
        }
        let resource = bought.resource();
        numbers.push(bought);
        Ok((StatusCode::CREATED, Json(resource)).into_response())
    }

    pub(super) fn fetch_number(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        self.readable()?;
        self.number(account, sid, |_| Ok(()))
    }

    pub(super) fn update_number(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        let mut form = Form::read(&self.headers, &self.body)?;
        self.number(account, sid, |number| {
            let mut changed = number.clone();
            changed.update(&mut form)?;
            self.all_known(&form)?;
            *number = changed;
            Ok(())
        })
    }

    fn number(
        &self,
        account: &Account,
        sid: &str,
        change: impl FnOnce(&mut IncomingNumber) -> Result<(), ApiError>,
    ) -> Result<Response, ApiError> {
        let mut numbers = lock(&self.net.numbers);
        let own = numbers.iter_mut().find(|own| own.sid == sid && own.account_sid == account.sid);
        let own = own.ok_or_else(|| ApiError::not_found(self.uri.path()))?;
        change(own)?;
        Ok(Json(own.resource()).into_response())
    }
}
