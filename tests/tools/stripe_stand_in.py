"""A Stripe for the tests: localstripe, an independent stateful server, with what it lacks added here.

localstripe's own are products, plans, customers, cards, charges, subscriptions, invoices, events, the signing of
webhooks and their delivery. Added are hosted Checkout and the customer portal, prices beside plans, idempotency keys,
the events customer.subscription.updated, invoice.paid and invoice.finalized, subscriptions of several lines, and a
clock that can be put forward, as Stripe's test clocks can. Below /_config/test the tests play the buyer, the bank and the time.

Prints {"url": …} once it listens on a free port of this machine, and ends when its standard input does.
"""

import asyncio
import json
import logging
import sys
import threading
import time as real_time

from aiohttp import web
from localstripe import resources, server, webhooks
from localstripe.errors import UserError
from localstripe.resources import (Customer, Event, Invoice, PaymentMethod,
                                   StripeObject, Subscription,
                                   SubscriptionItem)


class Clock:
    """In place of the module `time`: the same, ahead by some seconds."""

    ahead = 0

    def time(self):
        return real_time.time() + self.ahead

    def __getattr__(self, name):
        return getattr(real_time, name)


class Quick:
    """In place of the module `asyncio`: webhooks are not held back for a second."""

    async def sleep(self, _):
        await asyncio.sleep(0)

    def __getattr__(self, name):
        return getattr(asyncio, name)


clock = resources.time = Clock()
webhooks.asyncio = Quick()
# One file for all of the machine would mix up tests that run side by side.
resources.Store.dump_to_disk = lambda self: None

# Webhooks: which are under way, and what became of them.
under_way = set()
delivered = []


class Outcome(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        if text.startswith('webhook '):
            delivered.append(text)


logging.getLogger('aiohttp.access').addHandler(Outcome())
logging.getLogger('aiohttp.access').setLevel(logging.INFO)


def schedule(event):
    task = asyncio.ensure_future(webhooks._send_webhook(event))
    under_way.add(task)
    task.add_done_callback(under_way.discard)


resources.schedule_webhook = schedule


def tell(kind, obj):
    event = Event(kind, obj)
    schedule(event)
    return event


# Prices are plans with another name.
SubscriptionItem.price = property(
    lambda self: {'id': self.plan.id, 'object': 'price'})
Invoice.number = property(lambda self: 'LS-' + self.id[-6:].upper())
Invoice.hosted_invoice_url = property(
    lambda self: 'https://invoice.stripe.example/i/' + self.id)

plain_update = Subscription._update


def reprice(self, items):
    """What has an id is that line; the other lines stay. No price stands in two lines."""
    for item in items:
        lines = [line for line in self.items._list
                 if line.id == item.get('id')]
        if not lines:
            raise UserError(400, 'No such subscription item: %r'
                            % item.get('id'), {'code': 'resource_missing'})
        price = resources.Plan._api_retrieve(item['plan'])
        if any(line.plan.id == price.id and line is not lines[0]
               for line in self.items._list):
            raise UserError(400, 'Two lines cannot have the same price.')
        lines[0].plan = price


def update(self, items=None, proration_behavior=None, payment_behavior=None,
           **data):
    for item in items or []:
        if 'price' in item:
            item['plan'] = item.pop('price')
    if len(self.items._list) > 1:
        reprice(self, items or [])
        items = None
    for item in items or []:
        item.pop('id', None)
    charge_now = proration_behavior == 'always_invoice'
    card = Customer._api_retrieve(
        self.customer)._get_default_payment_method_or_source()
    if charge_now and card is not None and card._charging_is_declined():
        if payment_behavior != 'pending_if_incomplete':
            raise UserError(402, 'Your card was declined.',
                            {'code': 'card_declined'})
        # Stays as it is until the customer has paid.
        self.pending_update = {'subscription_items': items}
    else:
        self.pending_update = None
        plain_update(self, items=items, **data)
        unused = [ii for ii in resources.InvoiceItem._api_list_all(
            None, customer=self.customer, limit=99)._list
            if ii.invoice is None]
        if charge_now and unused:
            invoice = Invoice._api_create(customer=self.customer,
                                          subscription=self.id)
            Invoice._api_pay_invoice(invoice.id)
        elif proration_behavior == 'none':
            for item in unused:
                del resources.store['invoiceitem:' + item.id]
    tell('customer.subscription.updated', self)


Subscription._update = update
Subscription.pending_update = None

plain_success = Invoice._on_payment_success


def paid(self):
    plain_success(self)
    tell('invoice.paid', self)


Invoice._on_payment_success = paid
plain_finalize = Invoice._finalize


def finalize(self):
    plain_finalize(self)
    tell('invoice.finalized', self)


Invoice._finalize = finalize


class CheckoutSession(StripeObject):
    object = 'checkout.session'
    _id_prefix = 'cs_test_'

    def __init__(self, mode=None, customer=None, client_reference_id=None,
                 line_items=None, metadata=None, subscription_data=None,
                 success_url=None, cancel_url=None, **kwargs):
        if kwargs:
            raise UserError(400, 'Unexpected ' + ', '.join(kwargs.keys()))
        if mode != 'subscription' or len(line_items or []) != 1:
            raise UserError(400, 'Bad request')
        if 'customer:' + str(customer) not in resources.store:
            raise UserError(400, 'No such customer: %r' % customer,
                            {'code': 'resource_missing'})
        resources.Plan._api_retrieve(line_items[0]['price'])
        super().__init__()
        self.mode = mode
        self.customer = customer
        self.client_reference_id = client_reference_id
        self.metadata = metadata or {}
        self.success_url = success_url
        self.cancel_url = cancel_url
        self.status = 'open'
        self.payment_status = 'unpaid'
        self.subscription = None
        self.url = '%s/c/pay/%s' % (base, self.id)
        self._price = line_items[0]['price']
        self._subscription_data = subscription_data or {}


class PortalSession(StripeObject):
    object = 'billing_portal.session'
    _id_prefix = 'bps_'

    def __init__(self, customer=None, return_url=None, **kwargs):
        if kwargs:
            raise UserError(400, 'Unexpected ' + ', '.join(kwargs.keys()))
        Customer._api_retrieve(customer)
        super().__init__()
        self.customer = customer
        self.return_url = return_url
        self.url = '%s/p/session/%s' % (base, self.id)


def give_card(customer, number):
    card = PaymentMethod(type='card', card={
        'number': number, 'exp_month': '12', 'exp_year': '2034',
        'cvc': '123'})
    PaymentMethod._api_attach(card.id, customer=customer)
    Customer._api_retrieve(customer).invoice_settings[
        'default_payment_method'] = card.id


GOOD, BAD = '4242424242424242', '4000000000000341'


def pay(session):
    """The buyer types a card into the hosted page."""
    checkout = CheckoutSession._api_retrieve(session)
    give_card(checkout.customer, GOOD)
    subscription = Subscription(
        customer=checkout.customer, items=[{'plan': checkout._price}],
        metadata=checkout._subscription_data.get('metadata'))
    checkout.status = 'complete'
    checkout.payment_status = 'paid'
    checkout.subscription = subscription.id
    tell('checkout.session.completed', checkout)
    return {'subscription': subscription.id, 'customer': checkout.customer}


def renew(id):
    """The period is over: the next one is charged."""
    subscription = Subscription._api_retrieve(id)
    if subscription.cancel_at_period_end:
        Subscription._api_delete(id)
        return {'status': 'canceled'}
    subscription.start_date = subscription.current_period_end
    customer = Customer._api_retrieve(subscription.customer)
    card = customer._get_default_payment_method_or_source()
    subscription._create_invoice()
    if card._charging_is_declined():
        invoice = Invoice._api_retrieve(subscription.latest_invoice)
        subscription.status = 'past_due'
        tell('invoice.payment_failed', invoice)
    tell('customer.subscription.updated', subscription)
    return {'status': subscription.status}


def settle(id):
    """The customer gives a good card and pays the open invoice."""
    subscription = Subscription._api_retrieve(id)
    give_card(subscription.customer, GOOD)
    Invoice._api_pay_invoice(subscription.latest_invoice)
    subscription.status = 'active'
    tell('customer.subscription.updated', subscription)
    return {'status': subscription.status}


def lines(id, prices):
    """The seller or the portal: from now on these are the subscription's lines, in this order."""
    subscription = Subscription._api_retrieve(id)
    known = {line.plan.id: line for line in subscription.items._list}
    subscription.items._list[:] = [
        known.get(price) or SubscriptionItem(subscription=id, plan=price)
        for price in prices]
    tell('customer.subscription.updated', subscription)
    return subscription._export()


def change_card(customer, number):
    give_card(customer, BAD if number == 'bad' else GOOD)
    return {}


def ahead(seconds):
    clock.ahead = int(seconds)
    return {}


def resend(event):
    schedule(Event._api_retrieve(event))
    return {}


def events(kind):
    found = [obj.id for key, obj in resources.store.items()
             if key.startswith('event:') and obj.type == kind]
    return {'events': found}


def cancel_now(id):
    Subscription._api_delete(id)
    return {}


def subscription(id):
    return Subscription._api_retrieve(id)._export()


DEEDS = {deed.__name__: deed for deed in (
    pay, renew, settle, change_card, ahead, resend, events, cancel_now,
    subscription, lines)}


async def play(request):
    deed = DEEDS[request.match_info['deed']]
    return web.json_response(deed(**await request.json()))


async def idle(_):
    """Answers when no webhook is under way, with what became of them."""
    while under_way:
        await asyncio.wait(set(under_way))
    result, delivered[:] = list(delivered), []
    return web.json_response({'delivered': result})


answers = {}


@web.middleware
async def once_per_key(request, handler):
    """The same idempotency key gets the same answer; a call that changes something must have one."""
    if request.path.startswith('/_'):
        return await handler(request)
    key = request.headers.get('Idempotency-Key')
    if request.method == 'POST' and 'wamanager' in request.headers.get(
            'User-Agent', '') and key is None:
        return web.json_response({'error': {'message': 'no key'}}, status=400)
    if key in answers:
        status, text = answers[key]
        return web.Response(status=status, text=text,
                            content_type='application/json')
    response = await handler(request)
    if key is not None:
        answers[key] = (response.status, response.text)
    return response


def main():
    global base
    extra = server.app
    for method, path, cls, make in (
            ('POST', '/v1/checkout/sessions', CheckoutSession,
             server.api_create),
            ('GET', '/v1/checkout/sessions/{id}', CheckoutSession,
             server.api_retrieve),
            ('POST', '/v1/billing_portal/sessions', PortalSession,
             server.api_create)):
        extra.router.add_route(method, path, make(cls, path))
    app = web.Application(middlewares=[once_per_key] + list(extra.middlewares))
    for resource in extra.router.resources():
        for route in resource:
            app.router.add_route(route.method, resource.canonical,
                                 route.handler)
    app.router.add_post('/_config/test/{deed}', play)
    app.router.add_get('/_config/idle', idle)

    async def run():
        global base
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, '127.0.0.1', 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        base = 'http://127.0.0.1:%d' % port
        print(json.dumps({'url': base}), flush=True)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait_for_the_end():
            sys.stdin.read()
            loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=wait_for_the_end, daemon=True).start()
        await ended.wait()
        await runner.cleanup()

    asyncio.run(run())


if __name__ == '__main__':
    main()
